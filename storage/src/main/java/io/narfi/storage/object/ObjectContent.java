package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The bytes of an object to be written; can be read any number of times, so that a put can be tried again. */
public sealed interface ObjectContent {
    /** Length in bytes. */
    long length();

    /** A new stream over the bytes from the first one on; nothing is copied ahead. */
    InputStream newStream() throws IOException;

    /** Buffers whose remaining bytes follow each other; they are read through duplicates. */
    record Buffers(List<ByteBuffer> buffers) implements ObjectContent {
        public Buffers {
            buffers = List.copyOf(buffers);
        }

        @Override
        public long length() {
            long sum = 0;
            for (ByteBuffer b : buffers) {
                sum += b.remaining();
            }
            return sum;
        }

        /** Duplicates with positions of their own. */
        public ByteBuffer[] duplicates() {
            ByteBuffer[] result = new ByteBuffer[buffers.size()];
            for (int i = 0; i < result.length; i++) {
                result[i] = buffers.get(i).duplicate();
            }
            return result;
        }

        @Override
        public InputStream newStream() {
            return new BuffersInputStream(duplicates());
        }
    }

    /** A local file that does not change while it is uploaded, and has {@code length} bytes. */
    record LocalFile(Path path, long length) implements ObjectContent {
        private static final int BUFFER_BYTES = 64 << 10;

        public LocalFile {
            requireNonNull(path, "path is null");
            if (length < 0) {
                throw new IllegalArgumentException("negative length: " + length);
            }
        }

        @Override
        public InputStream newStream() throws IOException {
            return new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
        }
    }

    static ObjectContent of(byte[] bytes) {
        return new Buffers(List.of(ByteBuffer.wrap(bytes)));
    }
}
