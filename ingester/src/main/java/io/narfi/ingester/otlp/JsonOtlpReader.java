package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.ingester.decode.JsonScanner;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON form: the messages of {@link ProtobufOtlpReader} as objects. As lenient as Loki: names in camel case or in snake case,
 * numbers as numbers or as text, null for a missing value, unknown names and anything after the document ignored.
 *
 * <p>Records may stand before their resource or scope; they are skipped then, and read when it is known. Strings are unescaped where they
 * stand, each once.
 */
final class JsonOtlpReader {
    private static final int LONGEST_NUMBER = 400;
    private static final List<String> SEVERITIES = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL");

    /** A name in both forms. */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Key(byte[] camel, byte[] snake) {
        Key(String camel) {
            this(camel.getBytes(UTF_8), camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT).getBytes(UTF_8));
        }
    }

    private static final Key RESOURCE_LOGS = new Key("resourceLogs");
    private static final Key RESOURCE = new Key("resource");
    private static final Key SCOPE_LOGS = new Key("scopeLogs");
    private static final Key SCOPE = new Key("scope");
    private static final Key LOG_RECORDS = new Key("logRecords");
    private static final Key ATTRIBUTES = new Key("attributes");
    private static final Key NAME = new Key("name");
    private static final Key VERSION = new Key("version");
    private static final Key DROPPED = new Key("droppedAttributesCount");
    private static final Key TIME = new Key("timeUnixNano");
    private static final Key OBSERVED_TIME = new Key("observedTimeUnixNano");
    private static final Key SEVERITY_NUMBER = new Key("severityNumber");
    private static final Key SEVERITY_TEXT = new Key("severityText");
    private static final Key BODY = new Key("body");
    private static final Key FLAGS = new Key("flags");
    private static final Key TRACE_ID = new Key("traceId");
    private static final Key SPAN_ID = new Key("spanId");
    private static final Key KEY = new Key("key");
    private static final Key VALUE = new Key("value");
    private static final Key VALUES = new Key("values");
    private static final Key STRING = new Key("stringValue");
    private static final Key BOOL = new Key("boolValue");
    private static final Key INT = new Key("intValue");
    private static final Key DOUBLE = new Key("doubleValue");
    private static final Key ARRAY = new Key("arrayValue");
    private static final Key MAP = new Key("kvlistValue");
    private static final Key BYTES = new Key("bytesValue");

    private final byte[] bytes;
    private final JsonScanner json;
    private final OtlpMapping mapping;
    private final MemoryBudget.Lease lease;
    private final LogRecord logRecord = new LogRecord();

    // The attribute that was read last.
    private int keyOffset;
    private int keyLength;
    private AnyValue value = AnyValue.EMPTY;

    /** Memory of values inside the value that is being read. */
    private long nestedBytes;

    JsonOtlpReader(byte[] bytes, int length, OtlpMapping mapping, MemoryBudget.Lease lease) {
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.json = new JsonScanner(bytes, length);
        this.mapping = requireNonNull(mapping, "mapping is null");
        this.lease = requireNonNull(lease, "lease is null");
    }

    @FunctionalInterface
    private interface Member {
        /** Reads or skips the value of the name that was just read. */
        void read();
    }

    /** Reads an object, or null. */
    private void object(Member member) {
        if (json.nullNext()) {
            return;
        }
        json.expect('{');
        if (json.hasElements('}')) {
            do {
                json.name();
                member.read();
            } while (json.more('}'));
        }
    }

    /** Reads an array, or null. */
    private void array(Member element) {
        if (json.nullNext()) {
            return;
        }
        json.expect('[');
        if (json.hasElements(']')) {
            do {
                element.read();
            } while (json.more(']'));
        }
    }

    private boolean is(Key key) {
        return json.textIs(key.camel) || json.textIs(key.snake);
    }

    /** @throws ApiException 400 if it is no such document */
    void read() {
        object(() -> {
            if (is(RESOURCE_LOGS)) {
                array(this::resourceLogs);
            } else {
                json.skipValue();
            }
        });
    }

    private void resourceLogs() {
        mapping.resource();
        new Deferred(RESOURCE, this::resource, mapping::resourceEnds, SCOPE_LOGS, () -> array(this::scopeLogs)).read();
    }

    private void scopeLogs() {
        mapping.scope();
        new Deferred(SCOPE, this::scope, () -> {}, LOG_RECORDS, () -> array(this::logRecord)).read();
    }

    /** An object whose one member, the head, must be read before another one, the rest, wherever they stand. */
    private final class Deferred {
        private final Key head;
        private final Member readHead;
        private final Runnable headEnds;
        private final Key rest;
        private final Member readRest;
        private final ArrayDeque<Integer> skipped = new ArrayDeque<>(1);
        private boolean headSeen;
        private boolean headEnded;

        Deferred(Key head, Member readHead, Runnable headEnds, Key rest, Member readRest) {
            this.head = head;
            this.readHead = readHead;
            this.headEnds = headEnds;
            this.rest = rest;
            this.readRest = readRest;
        }

        void read() {
            object(this::member);
            int end = json.position();
            endHead();
            for (int position : skipped) {
                json.seek(position);
                readRest.read();
            }
            json.seek(end);
        }

        private void member() {
            if (is(head) && !headSeen) {
                headSeen = true;
                readHead.read();
            } else if (is(rest) && headSeen) {
                endHead();
                readRest.read();
            } else if (is(rest)) {
                lease.reserve(Long.BYTES);
                skipped.add(json.position());
                json.skipValue();
            } else {
                json.skipValue();
            }
        }

        private void endHead() {
            if (!headEnded) {
                headEnded = true;
                headEnds.run();
            }
        }
    }

    private void resource() {
        object(() -> {
            if (is(ATTRIBUTES)) {
                array(() -> {
                    attribute(1);
                    mapping.resourceAttribute(keyOffset, keyLength, value);
                    mapped();
                });
            } else {
                json.skipValue();
            }
        });
    }

    private void scope() {
        object(() -> {
            if (is(NAME)) {
                text();
                mapping.scopeName(json.textOffset(), json.textLength());
            } else if (is(VERSION)) {
                text();
                mapping.scopeVersion(json.textOffset(), json.textLength());
            } else if (is(DROPPED)) {
                mapping.scopeDroppedAttributes(unsigned32());
            } else if (is(ATTRIBUTES)) {
                array(() -> {
                    attribute(1);
                    mapping.scopeAttribute(keyOffset, keyLength, value);
                    mapped();
                });
            } else {
                json.skipValue();
            }
        });
    }

    private void logRecord() {
        LogRecord r = logRecord;
        r.clear();
        long before = nestedBytes;
        object(this::logMember);
        mapping.record(r);
        r.body = AnyValue.EMPTY;
        lease.release(nestedBytes - before);
        nestedBytes = before;
    }

    private void logMember() {
        LogRecord r = logRecord;
        if (is(TIME)) {
            r.time = LogRecord.nanos(unsigned64());
        } else if (is(OBSERVED_TIME)) {
            r.observedTime = LogRecord.nanos(unsigned64());
        } else if (is(SEVERITY_NUMBER)) {
            r.severityNumber = severity();
        } else if (is(SEVERITY_TEXT)) {
            text();
            r.severityTextOffset = json.textOffset();
            r.severityTextLength = json.textLength();
        } else if (is(BODY)) {
            r.body = any(1);
        } else if (is(ATTRIBUTES)) {
            long bodyBytes = nestedBytes;
            array(() -> {
                nestedBytes = 0;
                attribute(1);
                mapping.logAttribute(keyOffset, keyLength, value);
                mapped();
            });
            nestedBytes = bodyBytes;
        } else if (is(DROPPED)) {
            r.droppedAttributes = unsigned32();
        } else if (is(FLAGS)) {
            r.flags = unsigned32();
        } else if (is(TRACE_ID)) {
            r.traceLength = id(32, "TraceID");
            r.traceOffset = json.textOffset();
        } else if (is(SPAN_ID)) {
            r.spanLength = id(16, "SpanID");
            r.spanOffset = json.textOffset();
        } else {
            json.skipValue();
        }
    }

    /** Gives back the memory of the attribute that was mapped. */
    private void mapped() {
        value = AnyValue.EMPTY;
        lease.release(nestedBytes);
        nestedBytes = 0;
    }

    /** Reads a {@code KeyValue} into {@link #keyOffset}, {@link #keyLength} and {@link #value}. */
    private void attribute(int depth) {
        int offset = 0;
        int length = 0;
        AnyValue read = AnyValue.EMPTY;
        if (!json.nullNext()) {
            json.expect('{');
            if (json.hasElements('}')) {
                do {
                    json.name();
                    if (is(KEY)) {
                        text();
                        offset = json.textOffset();
                        length = json.textLength();
                    } else if (is(VALUE)) {
                        read = any(depth);
                    } else {
                        json.skipValue();
                    }
                } while (json.more('}'));
            }
        }
        keyOffset = offset;
        keyLength = length;
        value = read;
    }

    private AnyValue any(int depth) {
        if (depth > AnyValue.MAX_DEPTH) {
            throw json.malformed("exceeded max depth");
        }
        AnyValue read = AnyValue.EMPTY;
        if (json.nullNext()) {
            return read;
        }
        json.expect('{');
        if (json.hasElements('}')) {
            do {
                json.name();
                if (is(STRING)) {
                    text();
                    read = new AnyValue.Text(json.textOffset(), json.textLength());
                } else if (is(INT)) {
                    read = new AnyValue.Int(signed64());
                } else if (is(BOOL)) {
                    read = new AnyValue.Bool(bool());
                } else if (is(DOUBLE)) {
                    read = new AnyValue.Real(real());
                } else if (is(ARRAY)) {
                    read = arrayValue(depth);
                } else if (is(MAP)) {
                    read = map(depth);
                } else if (is(BYTES)) {
                    read = base64();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        return read;
    }

    private AnyValue arrayValue(int depth) {
        List<AnyValue> values = new ArrayList<>();
        object(() -> {
            if (is(VALUES)) {
                array(() -> {
                    nested();
                    values.add(any(depth + 1));
                });
            } else {
                json.skipValue();
            }
        });
        return new AnyValue.Array(values);
    }

    private AnyValue map(int depth) {
        List<AnyValue.Field> fields = new ArrayList<>();
        object(() -> {
            if (is(VALUES)) {
                array(() -> {
                    nested();
                    attribute(depth + 1);
                    fields.add(new AnyValue.Field(keyOffset, keyLength, value));
                });
            } else {
                json.skipValue();
            }
        });
        return new AnyValue.Fields(fields);
    }

    private void nested() {
        lease.reserve(AnyValue.BYTES_PER_VALUE);
        nestedBytes += AnyValue.BYTES_PER_VALUE;
    }

    /** Bytes come in the form in which they are shown. */
    private AnyValue base64() {
        text();
        int offset = json.textOffset();
        int length = json.textLength();
        try {
            byte[] decoded = Base64.getDecoder().decode(Arrays.copyOfRange(bytes, offset, offset + length));
            // Padding may be missing; the text that is shown has it.
            if ((decoded.length + 2) / 3 * 4 == length) {
                return new AnyValue.Text(offset, length);
            }
            System.arraycopy(decoded, 0, bytes, offset, decoded.length);
            return new AnyValue.Bytes(offset, decoded.length);
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "illegal base64 data: " + e.getMessage(), e);
        }
    }

    /** Reads a string, or null as an empty one. */
    private void text() {
        if (json.nullNext()) {
            json.noText();
        } else {
            json.string();
        }
    }

    /** Length of an id's text, made lower case; 0 for none, which all zeros mean as well. */
    private int id(int size, String name) {
        text();
        int offset = json.textOffset();
        int length = json.textLength();
        if (length == 0) {
            return 0;
        }
        if (length != size) {
            throw ApiException.badRequest("invalid length for " + name);
        }
        boolean zero = true;
        for (int i = offset; i < offset + length; i++) {
            int digit = bytes[i] < 0 ? -1 : Character.digit(bytes[i], 16);
            if (digit < 0) {
                throw ApiException.badRequest("invalid " + name + ": not hexadecimal");
            }
            zero &= digit == 0;
            bytes[i] = (byte) Character.forDigit(digit, 16);
        }
        return zero ? 0 : length;
    }

    private int severity() {
        if (json.peek() != '"') {
            long number = signed64();
            return Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        json.string();
        String text = json.textLength() <= LONGEST_NUMBER ? json.text() : "";
        if (text.startsWith("SEVERITY_NUMBER_")) {
            String name = text.substring("SEVERITY_NUMBER_".length());
            if (name.equals("UNSPECIFIED")) {
                return 0;
            }
            boolean plain = name.isEmpty() || !Character.isDigit(name.charAt(name.length() - 1));
            int step = plain ? 1 : name.charAt(name.length() - 1) - '0';
            int group = SEVERITIES.indexOf(plain ? name : name.substring(0, name.length() - 1));
            if (group >= 0 && (plain || (step >= 2 && step <= 4))) {
                return 4 * group + step;
            }
        } else if (text.matches("-?[0-9]{1,9}")) {
            return Integer.parseInt(text);
        }
        throw json.malformed("unknown severity number " + GoText.quote(text));
    }

    private boolean bool() {
        int c = json.peek();
        if (c != 't' && c != 'f' && c != 'n') {
            throw json.malformed("expect true or false");
        }
        json.skipValue();
        return c == 't';
    }

    /** The text of a number, or of a string in its place; null is 0. */
    private String number() {
        if (json.nullNext()) {
            return "0";
        }
        int from;
        int to;
        if (json.peek() == '"') {
            json.string();
            from = json.textOffset();
            to = from + json.textLength();
        } else {
            int c = json.peek();
            if (c != '-' && (c < '0' || c > '9')) {
                throw json.malformed("expect a number");
            }
            from = json.position();
            json.skipValue();
            to = json.position();
        }
        if (to - from > LONGEST_NUMBER) {
            throw json.malformed("a number of " + (to - from) + " digits");
        }
        return new String(bytes, from, to - from, ISO_8859_1);
    }

    private long unsigned64() {
        String text = number();
        try {
            if (!text.startsWith("+")) {
                return Long.parseUnsignedLong(text);
            }
        } catch (NumberFormatException e) {
            throw notANumber("ParseUint", text, e);
        }
        throw notANumber("ParseUint", text, null);
    }

    private int unsigned32() {
        long number = unsigned64();
        if (number < 0 || number > 0xffffffffL) {
            throw ApiException.badRequest("strconv.ParseUint: parsing \"" + Long.toUnsignedString(number) + "\": value out of range");
        }
        return (int) number;
    }

    private long signed64() {
        String text = number();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw notANumber("ParseInt", text, e);
        }
    }

    private double real() {
        String text = number();
        switch (text) {
            case "NaN" -> {
                return Double.NaN;
            }
            case "Inf", "+Inf", "Infinity", "+Infinity" -> {
                return Double.POSITIVE_INFINITY;
            }
            case "-Inf", "-Infinity" -> {
                return Double.NEGATIVE_INFINITY;
            }
            default -> {}
        }
        // Java's parser takes more than JSON and Go do: 1d, 0x1p3, blanks.
        if (text.matches("[-+0-9.eE]+")) {
            try {
                return Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw notANumber("ParseFloat", text, e);
            }
        }
        throw notANumber("ParseFloat", text, null);
    }

    private static ApiException notANumber(String function, String text, @Nullable Throwable cause) {
        return new ApiException(400, "strconv." + function + ": parsing " + GoText.quote(text) + ": invalid syntax", cause);
    }
}
