package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.RangeReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A local copy of an object, for reading all of it; closing deletes it. Safe from any thread. */
final class LocalBlock implements RangeReader, AutoCloseable {
    private static final int PART = 8 << 20;

    /** With parts of 8 MiB this bounds the memory of a download to 24 MiB. */
    private static final int PARALLEL_PARTS = 3;

    private final String key;
    private final Path path;
    private final FileChannel file;
    private final long size;

    private LocalBlock(String key, Path path, FileChannel file, long size) {
        this.key = key;
        this.path = path;
        this.file = file;
        this.size = size;
    }

    static LocalBlock download(ObjectStore store, String key, long size, Path path) throws IOException {
        requireNonNull(key, "key is null");
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        LocalBlock block = new LocalBlock(key, path, file, size);
        try {
            List<Long> offsets = new ArrayList<>();
            for (long offset = 0; offset < size; offset += PART) {
                offsets.add(offset);
            }
            Parallel.map(offsets, PARALLEL_PARTS, offset -> {
                byte[] part = store.getRange(key, offset, (int) Math.min(PART, size - offset));
                ByteBuffer buffer = ByteBuffer.wrap(part);
                while (buffer.hasRemaining()) {
                    file.write(buffer, offset + buffer.position());
                }
                return part.length;
            });
            return block;
        } catch (Throwable e) {
            block.close();
            throw e;
        }
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException("the local copy of " + key + " ends before " + (offset + length));
            }
        }
        return buffer.array();
    }

    @Override
    public void close() throws IOException {
        file.close();
        Files.deleteIfExists(path);
    }
}
