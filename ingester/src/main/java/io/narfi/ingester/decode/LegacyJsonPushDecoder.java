package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.ingester.memory.MemoryBudget;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Decodes the JSON form of {@code /api/prom/push} (contract/http-api.md §16):
 *
 * <pre>
 *   {"streams":[{"labels":"{a=\"b\"}","entries":[{"ts":"2024-01-01T00:00:00.000000001Z","line":"x","structuredMetadata":{"k":"v"}}]}]}
 * </pre>
 *
 * <p>Null stands for a missing value everywhere. The array of bytes is changed: strings are unescaped where they stand.
 */
public final class LegacyJsonPushDecoder {
    private static final byte[] STREAMS = "streams".getBytes(UTF_8);
    private static final byte[] LABELS = "labels".getBytes(UTF_8);
    private static final byte[] ENTRIES = "entries".getBytes(UTF_8);
    private static final byte[] TS = "ts".getBytes(UTF_8);
    private static final byte[] TIMESTAMP = "timestamp".getBytes(UTF_8);
    private static final byte[] LINE = "line".getBytes(UTF_8);
    private static final byte[] METADATA = "structuredMetadata".getBytes(UTF_8);
    private static final int MAX_TIME_LENGTH = 64;

    private final JsonScanner json;
    private final PushData data;

    /** Labels of the stream that is being read. */
    private String labels = "";

    // The entry that is being read.
    private long timestamp;
    private int lineOffset;
    private int lineLength;

    private LegacyJsonPushDecoder(byte[] bytes, int length, MemoryBudget.Lease lease) {
        this.json = new JsonScanner(bytes, length);
        this.data = new PushData(bytes, length, lease);
    }

    /**
     * @param bytes the decompressed document in its first {@code length} bytes; changed, and the result refers to it
     * @throws ApiException 400 if it is no such document, or what the lease throws
     */
    public static PushData decode(byte[] bytes, int length, MemoryBudget.Lease lease) {
        requireNonNull(bytes, "bytes is null");
        LegacyJsonPushDecoder decoder = new LegacyJsonPushDecoder(bytes, length, lease);
        decoder.push();
        return decoder.data;
    }

    private void push() {
        if (json.peek() < 0) {
            throw ApiException.badRequest("EOF");
        }
        json.membersOrNull(() -> {
            if (json.textIs(STREAMS)) {
                json.elementsOrNull(this::stream);
            } else {
                json.skipValue();
            }
        });
    }

    private void stream() {
        labels = "";
        json.membersOrNull(() -> {
            if (json.textIs(LABELS)) {
                if (!json.nullNext()) {
                    json.string();
                    ProtobufPushDecoder.checkLabelsLength(json.textLength());
                    labels = json.text();
                }
            } else if (json.textIs(ENTRIES)) {
                json.elementsOrNull(this::entry);
            } else {
                json.skipValue();
            }
        });
        data.addStream(labels);
    }

    private void entry() {
        timestamp = PushData.ZERO_TIME;
        lineOffset = 0;
        lineLength = 0;
        json.membersOrNull(this::entryMember);
        data.addEntry(timestamp, lineOffset, lineLength);
    }

    private void entryMember() {
        if (json.textIs(TS) || json.textIs(TIMESTAMP)) {
            if (!json.nullNext()) {
                json.string();
                timestamp = timestamp();
            }
        } else if (json.textIs(LINE)) {
            if (!json.nullNext()) {
                json.string();
                lineOffset = json.textOffset();
                lineLength = json.textLength();
            }
        } else if (json.textIs(METADATA)) {
            JsonPushDecoder.metadata(json, data);
        } else {
            json.skipValue();
        }
    }

    private long timestamp() {
        if (json.textLength() <= MAX_TIME_LENGTH) {
            try {
                OffsetDateTime time = OffsetDateTime.parse(json.text(), DateTimeFormatter.ISO_OFFSET_DATE_TIME);
                return nanos(time.toEpochSecond(), time.getNano());
            } catch (DateTimeException e) {
                throw new ApiException(400, notATime(json.text()), e);
            }
        }
        throw ApiException.badRequest(notATime(json.textBetween(json.textOffset(), json.textOffset() + MAX_TIME_LENGTH) + "..."));
    }

    private static String notATime(String text) {
        return "parsing time " + GoText.quote(text) + " as RFC 3339: invalid syntax";
    }

    private static long nanos(long seconds, int nanos) {
        try {
            return Math.addExact(Math.multiplyExact(seconds, 1_000_000_000L), nanos);
        } catch (ArithmeticException e) {
            // Beyond what 64 bits hold; the nearest is outside every time window as well.
            return seconds < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
