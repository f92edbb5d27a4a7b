package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.ingester.decode.JsonScanner;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Reads the JSON form: the messages of {@link ProtobufOtlpReader} as objects. As lenient as Loki: names in camel case or in snake case,
 * numbers as numbers or as text, null for a missing value, unknown names and anything after the document ignored.
 *
 * <p>Records may stand before their resource or scope; they are skipped then, and read when it is known. Strings are unescaped where they
 * stand, each once.
 */
final class JsonOtlpReader {
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

    private final JsonScanner json;
    private final JsonScalars scalars;
    private final OtlpMapping mapping;
    private final MemoryBudget.Lease lease;
    private final NestedMemory nested;
    private final LogRecord logRecord = new LogRecord();

    JsonOtlpReader(byte[] bytes, int length, OtlpMapping mapping, MemoryBudget.Lease lease) {
        this.json = new JsonScanner(bytes, length);
        this.scalars = new JsonScalars(bytes, json, lease);
        this.mapping = requireNonNull(mapping, "mapping is null");
        this.lease = requireNonNull(lease, "lease is null");
        this.nested = new NestedMemory(lease);
    }

    private boolean is(Key key) {
        return json.textIs(key.camel) || json.textIs(key.snake);
    }

    /** Reads an object's one member that counts. */
    private void only(Key key, Runnable value) {
        json.membersOrNull(() -> {
            if (is(key)) {
                value.run();
            } else {
                json.skipValue();
            }
        });
    }

    /** @throws ApiException 400 if it is no such document */
    void read() {
        only(RESOURCE_LOGS, () -> json.elementsOrNull(this::resourceLogs));
    }

    private void resourceLogs() {
        mapping.resource();
        new Deferred(RESOURCE, this::resource, mapping::resourceEnds, SCOPE_LOGS, () -> json.elementsOrNull(this::scopeLogs)).read();
    }

    private void scopeLogs() {
        mapping.scope();
        new Deferred(SCOPE, this::scope, () -> {}, LOG_RECORDS, () -> json.elementsOrNull(this::logRecord)).read();
    }

    /** An object whose one member, the head, must be read before another one, the rest, wherever they stand. */
    private final class Deferred {
        private final Key head;
        private final Runnable readHead;
        private final Runnable headEnds;
        private final Key rest;
        private final Runnable readRest;
        private final ArrayDeque<Integer> skipped = new ArrayDeque<>(1);
        private boolean headSeen;
        private boolean headEnded;

        Deferred(Key head, Runnable readHead, Runnable headEnds, Key rest, Runnable readRest) {
            this.head = head;
            this.readHead = readHead;
            this.headEnds = headEnds;
            this.rest = rest;
            this.readRest = readRest;
        }

        void read() {
            json.membersOrNull(this::member);
            int end = json.position();
            endHead();
            for (int position : skipped) {
                json.seek(position);
                readRest.run();
            }
            json.seek(end);
        }

        private void member() {
            if (is(head) && !headSeen) {
                headSeen = true;
                readHead.run();
            } else if (is(rest) && headSeen) {
                endHead();
                readRest.run();
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
        only(ATTRIBUTES, () -> attributes(mapping::resourceAttribute));
    }

    private void scope() {
        json.membersOrNull(() -> {
            if (is(NAME)) {
                scalars.text();
                mapping.scopeName(json.textOffset(), json.textLength());
            } else if (is(VERSION)) {
                scalars.text();
                mapping.scopeVersion(json.textOffset(), json.textLength());
            } else if (is(DROPPED)) {
                mapping.scopeDroppedAttributes(scalars.unsigned32());
            } else if (is(ATTRIBUTES)) {
                attributes(mapping::scopeAttribute);
            } else {
                json.skipValue();
            }
        });
    }

    private void logRecord() {
        LogRecord r = logRecord;
        r.clear();
        long before = nested.bytes();
        json.membersOrNull(this::logMember);
        mapping.record(r);
        r.body = AnyValue.EMPTY;
        nested.releaseTo(before);
    }

    private void logMember() {
        LogRecord r = logRecord;
        if (is(TIME)) {
            r.time = LogRecord.nanos(scalars.unsigned64());
        } else if (is(OBSERVED_TIME)) {
            r.observedTime = LogRecord.nanos(scalars.unsigned64());
        } else if (is(SEVERITY_NUMBER)) {
            r.severityNumber = scalars.severity();
        } else if (is(SEVERITY_TEXT)) {
            scalars.text();
            r.severityTextOffset = json.textOffset();
            r.severityTextLength = json.textLength();
        } else if (is(BODY)) {
            r.body = any(1);
        } else if (is(ATTRIBUTES)) {
            attributes(mapping::logAttribute);
        } else if (is(DROPPED)) {
            r.droppedAttributes = scalars.unsigned32();
        } else if (is(FLAGS)) {
            r.flags = scalars.unsigned32();
        } else if (is(TRACE_ID)) {
            r.traceLength = scalars.id(32, "TraceID");
            r.traceOffset = json.textOffset();
        } else if (is(SPAN_ID)) {
            r.spanLength = scalars.id(16, "SpanID");
            r.spanOffset = json.textOffset();
        } else {
            json.skipValue();
        }
    }

    /** Reads attributes and maps each. */
    private void attributes(Consumer<AnyValue.Field> to) {
        json.elementsOrNull(() -> {
            long before = nested.bytes();
            to.accept(keyValue(1));
            nested.releaseTo(before);
        });
    }

    private AnyValue.Field keyValue(int depth) {
        int offset = 0;
        int length = 0;
        AnyValue value = AnyValue.EMPTY;
        for (boolean more = !json.nullNext() && json.firstMember(); more; more = json.nextMember()) {
            if (is(KEY)) {
                scalars.text();
                offset = json.textOffset();
                length = json.textLength();
            } else if (is(VALUE)) {
                value = any(depth);
            } else {
                json.skipValue();
            }
        }
        return new AnyValue.Field(offset, length, value);
    }

    private AnyValue any(int depth) {
        if (depth > AnyValue.MAX_DEPTH) {
            throw json.malformed("exceeded max depth");
        }
        AnyValue read = AnyValue.EMPTY;
        for (boolean more = !json.nullNext() && json.firstMember(); more; more = json.nextMember()) {
            if (is(STRING)) {
                scalars.text();
                read = new AnyValue.Text(json.textOffset(), json.textLength());
            } else if (is(INT)) {
                read = new AnyValue.Int(scalars.signed64());
            } else if (is(BOOL)) {
                read = new AnyValue.Bool(scalars.bool());
            } else if (is(DOUBLE)) {
                read = new AnyValue.Real(scalars.real());
            } else if (is(ARRAY)) {
                read = array(depth + 1);
            } else if (is(MAP)) {
                read = map(depth + 1);
            } else if (is(BYTES)) {
                read = scalars.base64();
            } else {
                json.skipValue();
            }
        }
        return read;
    }

    private AnyValue array(int depth) {
        List<AnyValue> values = new ArrayList<>();
        only(VALUES, () -> json.elementsOrNull(() -> {
            nested.add();
            values.add(any(depth));
        }));
        return new AnyValue.Array(values);
    }

    private AnyValue map(int depth) {
        List<AnyValue.Field> fields = new ArrayList<>();
        only(VALUES, () -> json.elementsOrNull(() -> {
            nested.add();
            fields.add(keyValue(depth));
        }));
        return new AnyValue.Fields(fields);
    }
}
