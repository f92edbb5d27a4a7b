package io.narfi.storage.object;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The bytes of an object to be written; can be read any number of times, so that a put can be tried again. */
public sealed interface ObjectContent {
    /** Length in bytes. */
    long length();

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
    }

    /** A local file that does not change while it is uploaded. */
    record LocalFile(Path path, long length) implements ObjectContent {}

    static ObjectContent of(byte[] bytes) {
        return new Buffers(List.of(ByteBuffer.wrap(bytes)));
    }
}
