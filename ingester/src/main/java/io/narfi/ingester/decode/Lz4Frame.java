package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Decompresses LZ4 frames (the frame format 1.6 and the block format of the LZ4 project). Everything goes to one array, so that blocks may
 * refer to blocks before them, which the maintained Java library refuses and the C library's default is. Frames may follow each other,
 * skippable ones between them.
 *
 * <pre>
 *   frame: magic(4) FLG(1) BD(1) [content size(8)] [dictionary id(4)] header checksum(1)  block…  end mark(4) [content checksum(4)]
 *   block: size(4, highest bit: stored as it is)  data  [checksum(4)]
 *   data:  (token(1) [literal length…] literals [match offset(2) [match length…]])…   the last sequence has literals only
 * </pre>
 */
final class Lz4Frame {
    private static final int MAGIC = 0x184D2204;
    private static final int SKIPPABLE = 0x184D2A50;
    private static final int SKIPPABLE_MASK = 0xfffffff0;
    private static final int MIN_MATCH = 4;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Where the output goes: an array that is made larger on demand. */
    interface Output {
        /** An array with the first {@code length} bytes of the last one and room for {@code more}. */
        byte[] room(int length, int more);
    }

    private final byte[] in;
    private final int end;
    private final Output output;
    private int pos;
    private byte[] out;
    private int length;

    /** The next byte of the block that is being decompressed. */
    private int at;

    /** @param out the first array */
    Lz4Frame(byte[] in, int inLength, byte[] out, Output output) {
        this.in = requireNonNull(in, "in is null");
        this.end = inLength;
        this.out = requireNonNull(out, "out is null");
        this.output = requireNonNull(output, "output is null");
    }

    /**
     * Decompresses all frames.
     *
     * @throws ApiException 400 if they are broken, or what the output throws
     */
    BodyReader.Piece decode() {
        if (end == 0) {
            throw ApiException.badRequest("EOF");
        }
        while (pos < end) {
            int magic = int32();
            if (magic == MAGIC) {
                frame();
            } else if ((magic & SKIPPABLE_MASK) == SKIPPABLE) {
                skip(int32());
            } else {
                throw ApiException.badRequest("lz4: bad magic number");
            }
        }
        return new BodyReader.Piece(out, length);
    }

    private void frame() {
        int header = pos;
        skip(2);
        int flags = in[header];
        int block = in[header + 1];
        boolean independent = (flags & 0x20) != 0;
        boolean blockChecksum = (flags & 0x10) != 0;
        boolean contentChecksum = (flags & 4) != 0;
        int sizeCode = block >> 4 & 7;
        if ((flags & 0xc0) != 0x40 || (flags & 2) != 0 || (block & 0x8f) != 0 || sizeCode < 4) {
            throw ApiException.badRequest("lz4: unsupported frame header");
        }
        if ((flags & 8) != 0) {
            // A claim, which nothing is allocated for.
            skip(8);
        }
        if ((flags & 1) != 0) {
            throw ApiException.badRequest("lz4: a frame with a dictionary");
        }
        int checked = pos;
        skip(1);
        if ((XxHash32.of(in, header, checked - header) >>> 8 & 0xff) != (in[checked] & 0xff)) {
            throw ApiException.badRequest("lz4: invalid header checksum");
        }
        int maxBlock = 1 << (8 + 2 * sizeCode);
        int start = length;
        while (true) {
            int size = int32();
            if (size == 0) {
                break;
            }
            int bytes = size & 0x7fffffff;
            if (bytes > maxBlock) {
                throw ApiException.badRequest("lz4: invalid block size " + bytes);
            }
            int from = pos;
            skip(bytes);
            if (blockChecksum && int32() != XxHash32.of(in, from, bytes)) {
                throw ApiException.badRequest("lz4: invalid block checksum");
            }
            if (size < 0) {
                room(bytes);
                System.arraycopy(in, from, out, length, bytes);
                length += bytes;
            } else {
                block(from, from + bytes, independent ? length : start, maxBlock);
            }
        }
        if (contentChecksum && int32() != XxHash32.of(out, start, length - start)) {
            throw ApiException.badRequest("lz4: invalid frame checksum");
        }
    }

    /** @param history where in the output matches may begin */
    private void block(int from, int to, int history, int maxBlock) {
        int most = (int) Math.min((long) length + maxBlock, Integer.MAX_VALUE);
        at = from;
        while (true) {
            int token = next(to);
            int literals = runLength(token >> 4, to, maxBlock);
            if (literals > to - at || literals > most - length) {
                throw corrupt();
            }
            room(literals);
            System.arraycopy(in, at, out, length, literals);
            length += literals;
            at += literals;
            if (at == to) {
                return;
            }
            int distance = next(to) | next(to) << 8;
            int match = runLength(token & 15, to, maxBlock) + MIN_MATCH;
            if (distance == 0 || distance > length - history || match > most - length) {
                throw corrupt();
            }
            room(match);
            copy(distance, match);
        }
    }

    /** A length whose four bits in the token are all set goes on in the bytes that follow, as long as those are 255. */
    private int runLength(int bits, int to, int maxBlock) {
        int run = bits;
        if (bits == 15) {
            int b;
            do {
                b = next(to);
                run += b;
            } while (b == 255 && run <= maxBlock);
        }
        return run;
    }

    private int next(int to) {
        if (at >= to) {
            throw corrupt();
        }
        return in[at++] & 0xff;
    }

    /** A match may run into what it makes. */
    private void copy(int distance, int match) {
        if (distance >= match) {
            System.arraycopy(out, length - distance, out, length, match);
        } else {
            for (int i = length; i < length + match; i++) {
                out[i] = out[i - distance];
            }
        }
        length += match;
    }

    private void room(int more) {
        if (more > out.length - length) {
            out = output.room(length, more);
        }
    }

    private int int32() {
        int at = pos;
        skip(4);
        return (int) INT.get(in, at);
    }

    private void skip(int bytes) {
        if (bytes < 0 || bytes > end - pos) {
            throw ApiException.badRequest("unexpected EOF");
        }
        pos += bytes;
    }

    private static ApiException corrupt() {
        return ApiException.badRequest("lz4: invalid source or destination buffer too short");
    }
}
