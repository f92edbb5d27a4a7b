package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way from the event loop to the thread that reads it. The loop asks {@link #wantsMore} before it reads from the socket, so
 * that about {@link #HIGH_BYTES} and one read (64 KiB) wait here at most; the reader makes it go on once half is taken.
 */
class BodyQueue extends InputStream {
    static final int HIGH_BYTES = 128 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
    private final Runnable resume;
    private int queued;
    private boolean paused;
    private boolean ended;
    private boolean closed;
    private @Nullable Exception failure;
    private long waitNanosLeft;
    private final long waitNanos;
    private final boolean waitIsTotal;

    /**
     * Makes an empty body.
     *
     * @param resume called by the reader when the loop should read again
     * @param waitNanos how long the reader waits for the other side
     * @param waitIsTotal whether all waits together count, or each for itself
     */
    BodyQueue(Runnable resume, long waitNanos, boolean waitIsTotal) {
        this.resume = requireNonNull(resume, "resume is null");
        this.waitNanos = waitNanos;
        this.waitNanosLeft = waitNanos;
        this.waitIsTotal = waitIsTotal;
    }

    /** Called when the other side was too slow; throws what the reader gets. */
    void timedOut() throws IOException {
        throw new CallTimeoutException("no more of the body came within " + waitNanos / 1_000_000 + " ms");
    }

    /** Called before the reader waits for the first time. */
    void beforeWait() {}

    // The event loop's side.

    /** Takes the buffer over. */
    final void offer(ByteBuf chunk) {
        lock.lock();
        try {
            if (closed || failure != null || !chunk.isReadable()) {
                chunk.release();
                return;
            }
            chunks.add(chunk);
            queued += chunk.readableBytes();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    final void end() {
        lock.lock();
        try {
            ended = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** No more comes; the reader gets the failure at once, whatever waits. Has no effect after the end. */
    final void fail(Exception cause) {
        lock.lock();
        try {
            if (!ended && failure == null) {
                failure = cause;
                releaseAll();
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the loop should read; if not, {@code resume} will be called. */
    final boolean wantsMore() {
        lock.lock();
        try {
            boolean wants = closed || ended || queued < HIGH_BYTES;
            paused = !wants;
            return wants;
        } finally {
            lock.unlock();
        }
    }

    // Both sides.

    /** Whether the whole body has come, read or not. */
    final boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what waits and what will come. */
    @Override
    public final void close() {
        boolean wake;
        lock.lock();
        try {
            closed = true;
            releaseAll();
            wake = paused;
            paused = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (wake) {
            resume.run();
        }
    }

    // The reader's side.

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] b, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, b.length);
        if (len == 0) {
            return 0;
        }
        boolean wake = false;
        int n;
        lock.lock();
        try {
            if (chunks.isEmpty() && !awaitChunk()) {
                return -1;
            }
            ByteBuf chunk = chunks.peek();
            n = Math.min(len, chunk.readableBytes());
            chunk.readBytes(b, off, n);
            if (!chunk.isReadable()) {
                chunks.remove().release();
            }
            queued -= n;
            if (paused && queued <= HIGH_BYTES / 2) {
                paused = false;
                wake = true;
            }
        } finally {
            lock.unlock();
        }
        if (wake) {
            resume.run();
        }
        return n;
    }

    @Override
    public final int available() {
        lock.lock();
        try {
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a chunk; false at the end. */
    private boolean awaitChunk() throws IOException {
        long left = waitIsTotal ? waitNanosLeft : waitNanos;
        boolean first = true;
        while (chunks.isEmpty()) {
            if (closed) {
                throw new IOException("the body was closed");
            }
            if (failure != null) {
                throw rethrow(failure);
            }
            if (ended) {
                return false;
            }
            if (left <= 0) {
                timedOut();
            }
            if (first) {
                beforeWait();
                first = false;
            }
            try {
                left = changed.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw interrupted(e);
            }
        }
        waitNanosLeft = left;
        return true;
    }

    private static IOException rethrow(Exception cause) {
        if (cause instanceof ApiException api) {
            throw new ApiException(api.status(), api.text(), api);
        }
        return new IOException(cause.getMessage(), cause);
    }

    private static InterruptedIOException interrupted(InterruptedException cause) {
        InterruptedIOException e = new InterruptedIOException("interrupted while reading a body");
        e.initCause(cause);
        return e;
    }

    private void releaseAll() {
        for (ByteBuf chunk : chunks) {
            chunk.release();
        }
        chunks.clear();
        queued = 0;
    }
}
