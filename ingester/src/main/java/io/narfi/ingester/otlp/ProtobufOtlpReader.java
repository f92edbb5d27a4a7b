package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.ingester.decode.WireReader;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the protobuf form by hand:
 *
 * <pre>
 *   ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
 *   ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
 *   Resource     { repeated KeyValue attributes = 1; }
 *   ScopeLogs    { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; }
 *   InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
 *   LogRecord    { fixed64 time_unix_nano = 1; SeverityNumber severity_number = 2; string severity_text = 3; AnyValue body = 5;
 *                  repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8; bytes trace_id = 9;
 *                  bytes span_id = 10; fixed64 observed_time_unix_nano = 11; }
 *   KeyValue     { string key = 1; AnyValue value = 2; }
 *   AnyValue     { oneof { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
 *                  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
 *   ArrayValue   { repeated AnyValue values = 1; }
 *   KeyValueList { repeated KeyValue values = 1; }
 * </pre>
 *
 * <p>Fields may come in any order, so a resource and a scope are looked for first, with what is between skipped by its length. Other fields
 * are skipped, the last of a repeated scalar counts.
 */
final class ProtobufOtlpReader extends WireReader {
    private static final int TRACE_ID = 16;
    private static final int SPAN_ID = 8;

    private final int bodyLength;
    private final OtlpMapping mapping;
    private final NestedMemory nested;
    private final LogRecord logRecord = new LogRecord();

    ProtobufOtlpReader(byte[] bytes, int length, OtlpMapping mapping, MemoryBudget.Lease lease) {
        super(bytes);
        this.bodyLength = length;
        this.mapping = requireNonNull(mapping, "mapping is null");
        this.nested = new NestedMemory(lease);
    }

    /** @throws ApiException 400 with the text of Go's protobuf library */
    void read() {
        each(1, bodyLength, "ExportLogsServiceRequest", "ResourceLogs", this::resourceLogs);
    }

    private void resourceLogs(int end) {
        int start = pos;
        mapping.resource();
        each(1, end, "ResourceLogs", "Resource", this::resource);
        mapping.resourceEnds();
        pos = start;
        each(2, end, "ResourceLogs", "ScopeLogs", this::scopeLogs);
    }

    private void resource(int end) {
        each(1, end, "Resource", "Attributes", to -> attribute(to, mapping::resourceAttribute));
    }

    private void scopeLogs(int end) {
        int start = pos;
        mapping.scope();
        each(1, end, "ScopeLogs", "Scope", this::scope);
        pos = start;
        each(2, end, "ScopeLogs", "LogRecords", this::logRecord);
    }

    private void scope(int end) {
        long name = 0;
        long version = 0;
        int dropped = 0;
        while (pos < end) {
            switch (field(end, "InstrumentationScope")) {
                case 1 -> name = span(end, "Name");
                case 2 -> version = span(end, "Version");
                case 3 -> attribute(length(end, "Attributes"), mapping::scopeAttribute);
                case 4 -> dropped = (int) varintField(end, "DroppedAttributesCount");
                default -> skip(end);
            }
        }
        mapping.scopeName(offset(name), size(name));
        mapping.scopeVersion(offset(version), size(version));
        mapping.scopeDroppedAttributes(dropped);
    }

    private void logRecord(int end) {
        LogRecord r = logRecord;
        r.clear();
        long before = nested.bytes();
        while (pos < end) {
            switch (field(end, "LogRecord")) {
                case 1 -> r.time = LogRecord.nanos(fixed64Field(end, "TimeUnixNano"));
                case 2 -> r.severityNumber = (int) varintField(end, "SeverityNumber");
                case 3 -> {
                    long text = span(end, "SeverityText");
                    r.severityTextOffset = offset(text);
                    r.severityTextLength = size(text);
                }
                case 5 -> r.body = any(length(end, "Body"), r.body, 1);
                case 6 -> attribute(length(end, "Attributes"), mapping::logAttribute);
                case 7 -> r.droppedAttributes = (int) varintField(end, "DroppedAttributesCount");
                case 8 -> r.flags = fixed32Field(end, "Flags");
                case 9 -> {
                    long id = span(end, "TraceId");
                    r.traceLength = idLength(id, TRACE_ID, "TraceID");
                    r.traceOffset = r.traceLength == 0 ? 0 : mapping.hex(offset(id), TRACE_ID);
                }
                case 10 -> {
                    long id = span(end, "SpanId");
                    r.spanLength = idLength(id, SPAN_ID, "SpanID");
                    r.spanOffset = r.spanLength == 0 ? 0 : mapping.hex(offset(id), SPAN_ID);
                }
                case 11 -> r.observedTime = LogRecord.nanos(fixed64Field(end, "ObservedTimeUnixNano"));
                default -> skip(end);
            }
        }
        mapping.record(r);
        r.body = AnyValue.EMPTY;
        nested.releaseTo(before);
    }

    /** Length of an id's text; 0 for none, which all zeros mean as well. */
    private int idLength(long id, int size, String name) {
        if (size(id) == 0) {
            return 0;
        }
        if (size(id) != size) {
            throw ApiException.badRequest("invalid length for " + name);
        }
        for (int i = offset(id); i < offset(id) + size; i++) {
            if (bytes[i] != 0) {
                return 2 * size;
            }
        }
        return 0;
    }

    /** Reads an attribute and maps it. */
    private void attribute(int end, Consumer<AnyValue.Field> to) {
        long before = nested.bytes();
        to.accept(keyValue(end, 1));
        nested.releaseTo(before);
    }

    private AnyValue.Field keyValue(int end, int depth) {
        long key = 0;
        AnyValue value = AnyValue.EMPTY;
        while (pos < end) {
            switch (field(end, "KeyValue")) {
                case 1 -> key = span(end, "Key");
                case 2 -> value = any(length(end, "Value"), value, depth);
                default -> skip(end);
            }
        }
        return new AnyValue.Field(offset(key), size(key), value);
    }

    /** @param before what the same field held before; it stays if no value comes now */
    private AnyValue any(int end, AnyValue before, int depth) {
        if (depth > AnyValue.MAX_DEPTH) {
            throw ApiException.badRequest("proto: exceeded max depth");
        }
        AnyValue read = before;
        while (pos < end) {
            switch (field(end, "AnyValue")) {
                case 1 -> {
                    long text = span(end, "StringValue");
                    read = new AnyValue.Text(offset(text), size(text));
                }
                case 2 -> read = new AnyValue.Bool(varintField(end, "BoolValue") != 0);
                case 3 -> read = new AnyValue.Int(varintField(end, "IntValue"));
                case 4 -> read = new AnyValue.Real(Double.longBitsToDouble(fixed64Field(end, "DoubleValue")));
                case 5 -> read = array(length(end, "ArrayValue"), depth + 1);
                case 6 -> read = map(length(end, "KvlistValue"), depth + 1);
                case 7 -> {
                    long raw = span(end, "BytesValue");
                    read = new AnyValue.Bytes(offset(raw), size(raw));
                }
                default -> skip(end);
            }
        }
        return read;
    }

    private AnyValue array(int end, int depth) {
        List<AnyValue> values = new ArrayList<>();
        each(1, end, "ArrayValue", "Values", to -> {
            nested.add();
            values.add(any(to, AnyValue.EMPTY, depth));
        });
        return new AnyValue.Array(values);
    }

    private AnyValue map(int end, int depth) {
        List<AnyValue.Field> fields = new ArrayList<>();
        each(1, end, "KeyValueList", "Values", to -> {
            nested.add();
            fields.add(keyValue(to, depth));
        });
        return new AnyValue.Fields(fields);
    }
}
