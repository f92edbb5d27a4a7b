package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.IntConsumer;

/**
 * The wire format of protobuf, read from an array, with the error texts of Go's library. Every length is checked against the end of the
 * message around it, so nothing outside is read. Groups, which nobody sends, are skipped with a counter instead of recursion.
 */
public abstract class WireReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int START_GROUP = 3;
    private static final int END_GROUP = 4;
    private static final int FIXED32 = 5;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    protected final byte[] bytes;

    /** The next byte to read. */
    protected int pos;

    /** Wire type of the field whose tag was read last. */
    private int wire;

    protected WireReader(byte[] bytes) {
        this.bytes = requireNonNull(bytes, "bytes is null");
    }

    /** Reads the next tag; returns the field's number. What the field holds is read, or skipped, by the wire type that came with it. */
    protected final int field(int end, String message) {
        long tag = varint(end);
        int number = (int) (tag >>> 3);
        wire = (int) tag & 7;
        if (wire == END_GROUP) {
            throw ApiException.badRequest("proto: " + message + ": wiretype end group for non-group");
        }
        if (number <= 0) {
            throw ApiException.badRequest("proto: " + message + ": illegal tag " + number + " (wire type " + tag + ")");
        }
        return number;
    }

    /** Reads every field of one number, each a message that ends where {@code read} is told, and skips all others. */
    protected final void each(int number, int end, String message, String field, IntConsumer read) {
        while (pos < end) {
            if (field(end, message) == number) {
                read.accept(length(end, field));
            } else {
                skip(end);
            }
        }
    }

    /** Where a length-delimited field ends. */
    protected final int length(int end, String field) {
        expect(BYTES, field);
        return endOfBytes(end);
    }

    /** Passes a length-delimited field; returns where its bytes stand, for {@link #offset(long)} and {@link #size(long)}. */
    protected final long span(int end, String field) {
        int to = length(end, field);
        long span = (long) pos << 32 | (to - pos);
        pos = to;
        return span;
    }

    protected static int offset(long span) {
        return (int) (span >>> 32);
    }

    protected static int size(long span) {
        return (int) span;
    }

    private int endOfBytes(int end) {
        long length = varint(end);
        if (length < 0) {
            throw ApiException.badRequest("proto: negative length found during unmarshaling");
        }
        if (length > end - pos) {
            throw unexpectedEnd();
        }
        return pos + (int) length;
    }

    protected final long varintField(int end, String field) {
        expect(VARINT, field);
        return varint(end);
    }

    protected final long varint(int end) {
        int p = pos;
        if (p < end && bytes[p] >= 0) {
            pos = p + 1;
            return bytes[p];
        }
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (p >= end) {
                throw unexpectedEnd();
            }
            byte b = bytes[p++];
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                pos = p;
                return value;
            }
        }
        throw ApiException.badRequest("proto: integer overflow");
    }

    protected final long fixed64Field(int end, String field) {
        expect(FIXED64, field);
        int at = pos;
        advance(8, end);
        return (long) LONG.get(bytes, at);
    }

    protected final int fixed32Field(int end, String field) {
        expect(FIXED32, field);
        int at = pos;
        advance(4, end);
        return (int) INT.get(bytes, at);
    }

    /** Skips a field whose tag was read. */
    protected final void skip(int end) {
        int depth = 0;
        int type = wire;
        while (true) {
            switch (type) {
                case VARINT -> varint(end);
                case FIXED64 -> advance(8, end);
                case BYTES -> pos = endOfBytes(end);
                case START_GROUP -> depth++;
                case END_GROUP -> {
                    if (depth == 0) {
                        throw ApiException.badRequest("proto: unexpected end of group");
                    }
                    depth--;
                }
                case FIXED32 -> advance(4, end);
                default -> throw ApiException.badRequest("proto: illegal wireType " + type);
            }
            if (depth == 0) {
                return;
            }
            type = (int) varint(end) & 7;
        }
    }

    private void advance(int n, int end) {
        if (n > end - pos) {
            throw unexpectedEnd();
        }
        pos += n;
    }

    private void expect(int type, String field) {
        if (wire != type) {
            throw ApiException.badRequest("proto: wrong wireType = " + wire + " for field " + field);
        }
    }

    private static ApiException unexpectedEnd() {
        return ApiException.badRequest("unexpected EOF");
    }
}
