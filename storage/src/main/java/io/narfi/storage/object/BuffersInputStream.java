package io.narfi.storage.object;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Reads buffers one after the other; owns their positions, not their bytes. Supports mark and reset, so that a client can send again. */
final class BuffersInputStream extends InputStream {
    private final ByteBuffer[] buffers;
    private int current;
    private int markedBuffer;
    private final int[] markedPositions;

    BuffersInputStream(ByteBuffer[] buffers) {
        this.buffers = buffers;
        this.markedPositions = new int[buffers.length];
        mark(0);
    }

    @Override
    public int read() {
        return skipEmpty() ? buffers[current].get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!skipEmpty()) {
            return -1;
        }
        int n = Math.min(length, buffers[current].remaining());
        buffers[current].get(target, offset, n);
        return n;
    }

    @Override
    public int available() {
        return skipEmpty() ? buffers[current].remaining() : 0;
    }

    @Override
    public boolean markSupported() {
        return true;
    }

    @Override
    public synchronized void mark(int readLimit) {
        markedBuffer = current;
        for (int i = 0; i < buffers.length; i++) {
            markedPositions[i] = buffers[i].position();
        }
    }

    @Override
    public synchronized void reset() {
        current = markedBuffer;
        for (int i = 0; i < buffers.length; i++) {
            buffers[i].position(markedPositions[i]);
        }
    }

    private boolean skipEmpty() {
        while (current < buffers.length && !buffers[current].hasRemaining()) {
            current++;
        }
        return current < buffers.length;
    }
}
