package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

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

    protected WireReader(byte[] bytes) {
        this.bytes = requireNonNull(bytes, "bytes is null");
    }

    /** The next tag: the field's number above the three bits of its wire type. */
    protected final long tag(int end, String message) {
        long tag = varint(end);
        int field = (int) (tag >>> 3);
        if ((tag & 7) == END_GROUP) {
            throw ApiException.badRequest("proto: " + message + ": wiretype end group for non-group");
        }
        if (field <= 0) {
            throw ApiException.badRequest("proto: " + message + ": illegal tag " + field + " (wire type " + tag + ")");
        }
        return (long) field << 3 | (tag & 7);
    }

    /** Where a length-delimited field ends. */
    protected final int length(int wire, int end, String field) {
        if (wire != BYTES) {
            throw wrongWireType(wire, field);
        }
        return endOfBytes(end);
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

    protected final long varintField(int wire, int end, String field) {
        if (wire != VARINT) {
            throw wrongWireType(wire, field);
        }
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

    protected final long fixed64Field(int wire, int end, String field) {
        if (wire != FIXED64) {
            throw wrongWireType(wire, field);
        }
        int at = pos;
        advance(8, end);
        return (long) LONG.get(bytes, at);
    }

    protected final int fixed32Field(int wire, int end, String field) {
        if (wire != FIXED32) {
            throw wrongWireType(wire, field);
        }
        int at = pos;
        advance(4, end);
        return (int) INT.get(bytes, at);
    }

    /** Skips a field whose tag was read. */
    protected final void skip(int wire, int end) {
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

    private static ApiException wrongWireType(int wire, String field) {
        return ApiException.badRequest("proto: wrong wireType = " + wire + " for field " + field);
    }

    private static ApiException unexpectedEnd() {
        return ApiException.badRequest("unexpected EOF");
    }
}
