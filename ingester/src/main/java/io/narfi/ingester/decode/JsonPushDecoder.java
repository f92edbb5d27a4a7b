package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Map;
import java.util.TreeMap;

/**
 * Decodes the JSON form of a push (contract/http-api.md §3.4):
 *
 * <pre>
 *   {"streams":[{"stream":{"app":"x"},"values":[["1700000000000000000","line",{"trace_id":"abc"}]]}]}
 * </pre>
 *
 * <p>As lenient as Loki: unknown keys, elements after the third and anything after the document are ignored, labels that are no strings
 * keep their JSON text. The array of bytes is changed: strings are unescaped where they stand.
 */
public final class JsonPushDecoder {
    private static final byte[] STREAMS = "streams".getBytes(UTF_8);
    private static final byte[] STREAM = "stream".getBytes(UTF_8);
    private static final byte[] VALUES = "values".getBytes(UTF_8);

    /** A tree node, two string headers and the two arrays' headers, generously. */
    private static final int BYTES_PER_LABEL = 160;

    private final JsonScanner json;
    private final PushData data;
    private final MemoryBudget.Lease lease;

    /** Labels of the stream that is being read. */
    private String labels = "{}";

    private JsonPushDecoder(byte[] bytes, int length, MemoryBudget.Lease lease) {
        this.json = new JsonScanner(bytes, length);
        this.data = new PushData(bytes, length, lease);
        this.lease = lease;
    }

    /**
     * @param bytes the decompressed document in its first {@code length} bytes; changed, and the result refers to it
     * @throws ApiException 400 if it is no such document, or what the lease throws
     */
    public static PushData decode(byte[] bytes, int length, MemoryBudget.Lease lease) {
        requireNonNull(bytes, "bytes is null");
        JsonPushDecoder decoder = new JsonPushDecoder(bytes, length, lease);
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
        labels = "{}";
        json.members(() -> {
            if (json.textIs(STREAM)) {
                labels = labels();
            } else if (json.textIs(VALUES)) {
                json.elementsOrNull(this::entry);
            } else {
                json.skipValue();
            }
        });
        data.addStream(labels);
    }

    /** The label map in the text form that is then parsed like that of protobuf. A name may come twice; its last value counts. */
    private String labels() {
        long before = lease.held();
        TreeMap<String, String> map = new TreeMap<>();
        json.members(() -> {
            lease.reserve(BYTES_PER_LABEL + 2L * json.textLength());
            String name = json.text();
            String value;
            if (json.peek() == '"') {
                json.string();
                lease.reserve(2L * json.textLength());
                value = json.text();
            } else {
                int from = json.position();
                json.skipValue();
                lease.reserve(2L * (json.position() - from));
                value = json.textBetween(from, json.position());
            }
            map.put(name, value);
        });
        String text = render(map);
        ProtobufPushDecoder.checkLabelsLength(text.length());
        lease.release(lease.held() - before);
        return text;
    }

    private String render(Map<String, String> labels) {
        StringBuilder out = new StringBuilder(32 * labels.size()).append('{');
        labels.forEach((name, value) -> {
            if (out.length() > 1) {
                out.append(", ");
            }
            // An escape in Go's form is at most ten characters long for two of ours.
            lease.reserve(16L + 2L * name.length() + 10L * value.length());
            GoText.appendQuoted(out.append(name).append('='), value);
        });
        return out.append('}').toString();
    }

    private void entry() {
        long timestamp = PushData.ZERO_TIME;
        int lineOffset = 0;
        int lineLength = 0;
        int element = 0;
        json.expect('[');
        if (json.hasElements(']')) {
            do {
                switch (element) {
                    case 0 -> {
                        json.string();
                        timestamp = timestamp();
                    }
                    case 1 -> {
                        json.string();
                        lineOffset = json.textOffset();
                        lineLength = json.textLength();
                    }
                    case 2 -> metadata(json, data);
                    default -> json.skipValue();
                }
                element++;
            } while (json.more(']'));
        }
        data.addEntry(timestamp, lineOffset, lineLength);
    }

    /** An object of strings, or null. */
    static void metadata(JsonScanner json, PushData data) {
        for (boolean more = !json.nullNext() && json.firstMember(); more; more = json.nextMember()) {
            int nameOffset = json.textOffset();
            int nameLength = json.textLength();
            json.string();
            data.addPair(nameOffset, nameLength, json.textOffset(), json.textLength());
        }
    }

    private long timestamp() {
        byte[] bytes = data.bytes();
        int from = json.textOffset();
        int end = from + json.textLength();
        boolean negative = from < end && bytes[from] == '-';
        int p = negative ? from + 1 : from;
        if (p == end || end - p > 19) {
            throw notAnInteger();
        }
        long value = 0;
        while (p < end) {
            int digit = bytes[p++] - '0';
            if (digit < 0 || digit > 9) {
                throw notAnInteger();
            }
            value = value * 10 + digit;
        }
        // Nineteen digits overflow at most once, into the negative.
        if (value < 0 && !(negative && value == Long.MIN_VALUE)) {
            throw notAnInteger();
        }
        return negative ? -value : value;
    }

    private ApiException notAnInteger() {
        String text = json.textLength() > 64 ? json.text().substring(0, 32) + "..." : json.text();
        return ApiException.badRequest("strconv.ParseInt: parsing " + GoText.quote(text) + ": invalid syntax");
    }
}
