package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.ingester.decode.WireReader;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;

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
    private final MemoryBudget.Lease lease;
    private final LogRecord logRecord = new LogRecord();

    // The attribute that was read last.
    private int keyOffset;
    private int keyLength;
    private AnyValue value = AnyValue.EMPTY;

    /** Memory of values inside the value that is being read. */
    private long nestedBytes;

    ProtobufOtlpReader(byte[] bytes, int length, OtlpMapping mapping, MemoryBudget.Lease lease) {
        super(bytes);
        this.bodyLength = length;
        this.mapping = requireNonNull(mapping, "mapping is null");
        this.lease = requireNonNull(lease, "lease is null");
    }

    /** @throws ApiException 400 with the text of Go's protobuf library */
    void read() {
        while (pos < bodyLength) {
            long tag = tag(bodyLength, "ExportLogsServiceRequest");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 1) {
                resourceLogs(length(wire, bodyLength, "ResourceLogs"));
            } else {
                skip(wire, bodyLength);
            }
        }
    }

    private void resourceLogs(int end) {
        int start = pos;
        mapping.resource();
        while (pos < end) {
            long tag = tag(end, "ResourceLogs");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> resource(length(wire, end, "Resource"));
                case 2 -> pos = length(wire, end, "ScopeLogs");
                default -> skip(wire, end);
            }
        }
        mapping.resourceEnds();
        pos = start;
        while (pos < end) {
            long tag = tag(end, "ResourceLogs");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 2) {
                scopeLogs(length(wire, end, "ScopeLogs"));
            } else {
                skip(wire, end);
            }
        }
    }

    private void resource(int end) {
        while (pos < end) {
            long tag = tag(end, "Resource");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 1) {
                attribute(length(wire, end, "Attributes"), 1);
                mapping.resourceAttribute(keyOffset, keyLength, value);
                mapped();
            } else {
                skip(wire, end);
            }
        }
    }

    private void scopeLogs(int end) {
        int start = pos;
        mapping.scope();
        while (pos < end) {
            long tag = tag(end, "ScopeLogs");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> scope(length(wire, end, "Scope"));
                case 2 -> pos = length(wire, end, "LogRecords");
                default -> skip(wire, end);
            }
        }
        pos = start;
        while (pos < end) {
            long tag = tag(end, "ScopeLogs");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 2) {
                logRecord(length(wire, end, "LogRecords"));
            } else {
                skip(wire, end);
            }
        }
    }

    private void scope(int end) {
        int nameOffset = 0;
        int nameLength = 0;
        int versionOffset = 0;
        int versionLength = 0;
        int dropped = 0;
        while (pos < end) {
            long tag = tag(end, "InstrumentationScope");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> {
                    int to = length(wire, end, "Name");
                    nameOffset = pos;
                    nameLength = to - pos;
                    pos = to;
                }
                case 2 -> {
                    int to = length(wire, end, "Version");
                    versionOffset = pos;
                    versionLength = to - pos;
                    pos = to;
                }
                case 3 -> {
                    attribute(length(wire, end, "Attributes"), 1);
                    mapping.scopeAttribute(keyOffset, keyLength, value);
                    mapped();
                }
                case 4 -> dropped = (int) varintField(wire, end, "DroppedAttributesCount");
                default -> skip(wire, end);
            }
        }
        mapping.scopeName(nameOffset, nameLength);
        mapping.scopeVersion(versionOffset, versionLength);
        mapping.scopeDroppedAttributes(dropped);
    }

    private void logRecord(int end) {
        LogRecord r = logRecord;
        r.clear();
        long bodyBytes = 0;
        while (pos < end) {
            long tag = tag(end, "LogRecord");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> r.time = LogRecord.nanos(fixed64Field(wire, end, "TimeUnixNano"));
                case 2 -> r.severityNumber = (int) varintField(wire, end, "SeverityNumber");
                case 3 -> {
                    int to = length(wire, end, "SeverityText");
                    r.severityTextOffset = pos;
                    r.severityTextLength = to - pos;
                    pos = to;
                }
                case 5 -> {
                    r.body = any(length(wire, end, "Body"), r.body, 1);
                    bodyBytes += nestedBytes;
                    nestedBytes = 0;
                }
                case 6 -> {
                    attribute(length(wire, end, "Attributes"), 1);
                    mapping.logAttribute(keyOffset, keyLength, value);
                    mapped();
                }
                case 7 -> r.droppedAttributes = (int) varintField(wire, end, "DroppedAttributesCount");
                case 8 -> r.flags = fixed32Field(wire, end, "Flags");
                case 9 -> {
                    int to = length(wire, end, "TraceId");
                    r.traceLength = id(to, TRACE_ID, "TraceID");
                    r.traceOffset = r.traceLength == 0 ? 0 : mapping.hex(pos, TRACE_ID);
                    pos = to;
                }
                case 10 -> {
                    int to = length(wire, end, "SpanId");
                    r.spanLength = id(to, SPAN_ID, "SpanID");
                    r.spanOffset = r.spanLength == 0 ? 0 : mapping.hex(pos, SPAN_ID);
                    pos = to;
                }
                case 11 -> r.observedTime = LogRecord.nanos(fixed64Field(wire, end, "ObservedTimeUnixNano"));
                default -> skip(wire, end);
            }
        }
        mapping.record(r);
        r.body = AnyValue.EMPTY;
        lease.release(bodyBytes);
    }

    /** Length of the text of the id between {@link #pos} and {@code end}; 0 for none, which all zeros mean as well. */
    private int id(int end, int size, String name) {
        if (end == pos) {
            return 0;
        }
        if (end - pos != size) {
            throw ApiException.badRequest("invalid length for " + name);
        }
        for (int i = pos; i < end; i++) {
            if (bytes[i] != 0) {
                return 2 * size;
            }
        }
        return 0;
    }

    /** Gives back the memory of the attribute that was mapped. */
    private void mapped() {
        value = AnyValue.EMPTY;
        lease.release(nestedBytes);
        nestedBytes = 0;
    }

    /** Reads a {@code KeyValue} into {@link #keyOffset}, {@link #keyLength} and {@link #value}. */
    private void attribute(int end, int depth) {
        int offset = 0;
        int length = 0;
        AnyValue read = AnyValue.EMPTY;
        while (pos < end) {
            long tag = tag(end, "KeyValue");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> {
                    int to = length(wire, end, "Key");
                    offset = pos;
                    length = to - pos;
                    pos = to;
                }
                case 2 -> read = any(length(wire, end, "Value"), read, depth);
                default -> skip(wire, end);
            }
        }
        keyOffset = offset;
        keyLength = length;
        value = read;
    }

    /** @param before what the same field held before; it stays if no value comes now */
    private AnyValue any(int end, AnyValue before, int depth) {
        if (depth > AnyValue.MAX_DEPTH) {
            throw ApiException.badRequest("proto: exceeded max depth");
        }
        AnyValue read = before;
        while (pos < end) {
            long tag = tag(end, "AnyValue");
            int wire = (int) tag & 7;
            switch ((int) (tag >>> 3)) {
                case 1 -> {
                    int to = length(wire, end, "StringValue");
                    read = new AnyValue.Text(pos, to - pos);
                    pos = to;
                }
                case 2 -> read = new AnyValue.Bool(varintField(wire, end, "BoolValue") != 0);
                case 3 -> read = new AnyValue.Int(varintField(wire, end, "IntValue"));
                case 4 -> read = new AnyValue.Real(Double.longBitsToDouble(fixed64Field(wire, end, "DoubleValue")));
                case 5 -> read = array(length(wire, end, "ArrayValue"), depth);
                case 6 -> read = map(length(wire, end, "KvlistValue"), depth);
                case 7 -> {
                    int to = length(wire, end, "BytesValue");
                    read = new AnyValue.Bytes(pos, to - pos);
                    pos = to;
                }
                default -> skip(wire, end);
            }
        }
        return read;
    }

    private AnyValue array(int end, int depth) {
        List<AnyValue> values = new ArrayList<>();
        while (pos < end) {
            long tag = tag(end, "ArrayValue");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 1) {
                nested();
                values.add(any(length(wire, end, "Values"), AnyValue.EMPTY, depth + 1));
            } else {
                skip(wire, end);
            }
        }
        return new AnyValue.Array(values);
    }

    private AnyValue map(int end, int depth) {
        List<AnyValue.Field> fields = new ArrayList<>();
        while (pos < end) {
            long tag = tag(end, "KeyValueList");
            int wire = (int) tag & 7;
            if (tag >>> 3 == 1) {
                nested();
                attribute(length(wire, end, "Values"), depth + 1);
                fields.add(new AnyValue.Field(keyOffset, keyLength, value));
            } else {
                skip(wire, end);
            }
        }
        return new AnyValue.Fields(fields);
    }

    private void nested() {
        lease.reserve(AnyValue.BYTES_PER_VALUE);
        nestedBytes += AnyValue.BYTES_PER_VALUE;
    }
}
