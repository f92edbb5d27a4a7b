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

    // The time of the entry that is being read.
    private long seconds;
    private int nanos;

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
        decoder.each(1, bytes.length, "PushRequest", "Streams", decoder::stream);
        return decoder.data;
    }

    private void stream(int end) {
        long labels = 0;
        while (pos < end) {
            switch (field(end, "StreamAdapter")) {
                case 1 -> labels = span(end, "Labels");
                case 2 -> entry(length(end, "Entries"));
                default -> skip(end);
            }
        }
        checkLabelsLength(size(labels));
        data.addStream(new String(bytes, offset(labels), size(labels), StandardCharsets.UTF_8));
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
        seconds = 0;
        nanos = 0;
        long line = 0;
        while (pos < end) {
            switch (field(end, "EntryAdapter")) {
                case 1 -> time(length(end, "Timestamp"));
                case 2 -> line = span(end, "Line");
                case 3 -> pair(length(end, "StructuredMetadata"));
                default -> skip(end);
            }
        }
        data.addEntry(timestamp(seconds, nanos), offset(line), size(line));
    }

    private void time(int end) {
        while (pos < end) {
            switch (field(end, "Timestamp")) {
                case 1 -> seconds = varintField(end, "Seconds");
                case 2 -> nanos = (int) varintField(end, "Nanos");
                default -> skip(end);
            }
        }
    }

    private void pair(int end) {
        long name = 0;
        long value = 0;
        while (pos < end) {
            switch (field(end, "LabelPairAdapter")) {
                case 1 -> name = span(end, "Name");
                case 2 -> value = span(end, "Value");
                default -> skip(end);
            }
        }
        data.addPair(offset(name), size(name), offset(value), size(value));
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
