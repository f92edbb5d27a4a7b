package io.narfi.ingester.decode;

import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;

/**
 * Decodes the protobuf message of a push by hand (contract/http-api.md §3.3):
 *
 * <pre>
 *   PushRequest { repeated Stream streams = 1; }
 *   Stream      { string labels = 1; repeated Entry entries = 2; }
 *   Entry       { Timestamp timestamp = 1; string line = 2; repeated LabelPair structuredMetadata = 3; }
 *   Timestamp   { int64 seconds = 1; int32 nanos = 2; }
 *   LabelPair   { string name = 1; string value = 2; }
 * </pre>
 *
 * <p>As in any protobuf decoder unknown fields are skipped, fields may come in any order and the last of a repeated scalar counts. Nothing
 * is read twice; depth is fixed.
 */
public final class ProtobufPushDecoder extends WireReader {
    /** Longest label text of a stream, bytes. */
    static final int MAX_LABELS = 16 << 20;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final PushData data;

    private ProtobufPushDecoder(byte[] bytes, MemoryBudget.Lease lease) {
        super(bytes);
        this.data = new PushData(bytes, bytes.length, lease);
    }

    /**
     * @param bytes the decompressed message; the result refers to it
     * @throws ApiException 400 with the text of Go's protobuf library, or what the lease throws
     */
    public static PushData decode(byte[] bytes, MemoryBudget.Lease lease) {
        ProtobufPushDecoder decoder = new ProtobufPushDecoder(bytes, lease);
        decoder.push();
        return decoder.data;
    }

    private void push() {
        int end = bytes.length;
        while (pos < end) {
            long tag = tag(end, "PushRequest");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 1) {
                stream(length(wire, end, "Streams"));
            } else {
                skip(wire, end);
            }
        }
    }

    private void stream(int end) {
        int labelsOffset = 0;
        int labelsLength = 0;
        while (pos < end) {
            long tag = tag(end, "StreamAdapter");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> {
                    int to = length(wire, end, "Labels");
                    labelsOffset = pos;
                    labelsLength = to - pos;
                    pos = to;
                }
                case 2 -> entry(length(wire, end, "Entries"));
                default -> skip(wire, end);
            }
        }
        checkLabelsLength(labelsLength);
        data.addStream(new String(bytes, labelsOffset, labelsLength, StandardCharsets.UTF_8));
    }

    /** Refuses a label text that is too long, 413. */
    public static void checkLabelsLength(long length) {
        if (length > MAX_LABELS) {
            throw new ApiException(
                    413,
                    "request body too large: stream labels size " + HumanBytes.si(length) + " exceeds limit of " + HumanBytes.si(MAX_LABELS));
        }
    }

    private void entry(int end) {
        long seconds = 0;
        int nanos = 0;
        int lineOffset = 0;
        int lineLength = 0;
        while (pos < end) {
            long tag = tag(end, "EntryAdapter");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> {
                    int to = length(wire, end, "Timestamp");
                    while (pos < to) {
                        long field = tag(to, "Timestamp");
                        int fieldWire = (int) field & 7;
                        int number = (int) (field >>> 3);
                        if (number == 1) {
                            seconds = varintField(fieldWire, to, "Seconds");
                        } else if (number == 2) {
                            nanos = (int) varintField(fieldWire, to, "Nanos");
                        } else {
                            skip(fieldWire, to);
                        }
                    }
                }
                case 2 -> {
                    int to = length(wire, end, "Line");
                    lineOffset = pos;
                    lineLength = to - pos;
                    pos = to;
                }
                case 3 -> pair(length(wire, end, "StructuredMetadata"));
                default -> skip(wire, end);
            }
        }
        data.addEntry(timestamp(seconds, nanos), lineOffset, lineLength);
    }

    private void pair(int end) {
        int nameOffset = 0;
        int nameLength = 0;
        int valueOffset = 0;
        int valueLength = 0;
        while (pos < end) {
            long tag = tag(end, "LabelPairAdapter");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> {
                    int to = length(wire, end, "Name");
                    nameOffset = pos;
                    nameLength = to - pos;
                    pos = to;
                }
                case 2 -> {
                    int to = length(wire, end, "Value");
                    valueOffset = pos;
                    valueLength = to - pos;
                    pos = to;
                }
                default -> skip(wire, end);
            }
        }
        data.addPair(nameOffset, nameLength, valueOffset, valueLength);
    }

    /** Nanoseconds; times that 64 bits cannot hold become the nearest that they can, which no time window accepts. */
    private static long timestamp(long seconds, int nanos) {
        if (nanos < 0 || nanos >= NANOS_PER_SECOND) {
            throw ApiException.badRequest("timestamp: seconds:" + seconds + " nanos:" + nanos + ": nanos not in range [0, 1e9)");
        }
        long high = Math.multiplyHigh(seconds, NANOS_PER_SECOND);
        long product = seconds * NANOS_PER_SECOND;
        long sum = product + nanos;
        boolean overflow = high != product >> 63 || (product > 0 && sum < 0);
        return overflow ? (seconds < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }
}
