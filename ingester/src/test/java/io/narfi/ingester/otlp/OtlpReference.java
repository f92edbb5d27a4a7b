package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.narfi.common.GoText;
import io.narfi.ingester.decode.Decoded;
import io.narfi.ingester.proto.otlp.AnyValue;
import io.narfi.ingester.proto.otlp.ExportLogsServiceRequest;
import io.narfi.ingester.proto.otlp.KeyValue;
import io.narfi.ingester.proto.otlp.LogRecord;
import io.narfi.ingester.proto.otlp.ResourceLogs;
import io.narfi.ingester.proto.otlp.ScopeLogs;
import io.narfi.ingester.validate.MetadataText;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;

/** The mapping of contract/http-api.md §4.2 with the default rules, as plainly as it can be written, over protobuf-java's messages. */
final class OtlpReference {
    private OtlpReference() {}

    static Decoded of(ExportLogsServiceRequest message, Set<String> labelAttributes, List<String> serviceNames, long now) {
        Map<String, List<Decoded.Entry>> streams = new LinkedHashMap<>();
        for (ResourceLogs r : message.getResourceLogsList()) {
            TreeMap<String, String> labels = new TreeMap<>();
            List<String> resource = new ArrayList<>();
            String discovered = "unknown_service";
            for (KeyValue a : r.getResource().getAttributesList()) {
                if (!labelAttributes.contains(a.getKey().toStringUtf8())) {
                    flatten("", a, resource);
                    continue;
                }
                List<String> flat = new ArrayList<>();
                flatten("", a, flat);
                for (int i = 0; i < flat.size(); i += 2) {
                    String value = utf8(flat.get(i + 1));
                    labels.put(flat.get(i), value);
                    if (discovered.equals("unknown_service") && !value.isEmpty() && serviceNames.contains(flat.get(i))) {
                        discovered = value;
                    }
                }
            }
            if (labels.getOrDefault("service_name", "").isEmpty()) {
                labels.put("service_name", discovered);
            }
            StringJoiner text = new StringJoiner(", ", "{", "}");
            labels.forEach((k, v) -> {
                if (!v.isEmpty()) {
                    text.add(k + "=" + GoText.quote(v));
                }
            });
            for (ScopeLogs s : r.getScopeLogsList()) {
                List<String> scope = new ArrayList<>();
                add(scope, "scope_name", s.getScope().getName().toString(ISO_8859_1));
                add(scope, "scope_version", s.getScope().getVersion().toString(ISO_8859_1));
                add(scope, "scope_dropped_attributes_count", count(s.getScope().getDroppedAttributesCount()));
                s.getScope().getAttributesList().forEach(a -> flatten("", a, scope));
                for (LogRecord l : s.getLogRecordsList()) {
                    streams.computeIfAbsent(text.toString(), _ -> new ArrayList<>()).add(entry(l, resource, scope, now));
                }
            }
        }
        List<Decoded.Stream> out = new ArrayList<>();
        streams.forEach((labels, entries) -> out.add(new Decoded.Stream(labels, entries)));
        return new Decoded(out);
    }

    private static Decoded.Entry entry(LogRecord l, List<String> resource, List<String> scope, long now) {
        List<String> metadata = new ArrayList<>();
        l.getAttributesList().forEach(a -> flatten("", a, metadata));
        if (l.getTimeUnixNano() != 0 && l.getObservedTimeUnixNano() != 0) {
            add(metadata, "observed_timestamp", Long.toString(l.getObservedTimeUnixNano()));
        }
        add(metadata, "severity_number", l.getSeverityNumber() == 0 ? "" : Integer.toString(l.getSeverityNumber()));
        add(metadata, "severity_text", l.getSeverityText().toString(ISO_8859_1));
        add(metadata, "dropped_attributes_count", count(l.getDroppedAttributesCount()));
        add(metadata, "flags", count(l.getFlags()));
        add(metadata, "trace_id", id(l.getTraceId()));
        add(metadata, "span_id", id(l.getSpanId()));
        metadata.addAll(resource);
        metadata.addAll(scope);
        long time = l.getTimeUnixNano() != 0 ? l.getTimeUnixNano() : l.getObservedTimeUnixNano() != 0 ? l.getObservedTimeUnixNano() : now;
        return new Decoded.Entry(time, text(l.getBody()), metadata);
    }

    private static String count(int unsigned) {
        return unsigned == 0 ? "" : Integer.toUnsignedString(unsigned);
    }

    private static String id(ByteString id) {
        String hex = HexFormat.of().formatHex(id.toByteArray());
        return hex.matches("0*") ? "" : hex;
    }

    private static void add(List<String> to, String name, String value) {
        if (!value.isEmpty()) {
            to.add(name);
            to.add(value);
        }
    }

    private static void flatten(String prefix, KeyValue a, List<String> to) {
        String name = MetadataText.normalise(prefix + a.getKey().toStringUtf8());
        if (a.getValue().hasKvlistValue()) {
            a.getValue().getKvlistValue().getValuesList().forEach(f -> flatten(name + "_", f, to));
        } else {
            to.add(name);
            to.add(text(a.getValue()));
        }
    }

    /** As {@link Decoded} shows bytes: in Latin-1. */
    private static String text(AnyValue v) {
        return switch (v.getValueCase()) {
            case STRING_VALUE -> v.getStringValue().toString(ISO_8859_1);
            case BOOL_VALUE -> Boolean.toString(v.getBoolValue());
            case INT_VALUE -> Long.toString(v.getIntValue());
            case DOUBLE_VALUE -> ValueText.number(v.getDoubleValue());
            case BYTES_VALUE -> Base64.getEncoder().encodeToString(v.getBytesValue().toByteArray());
            case ARRAY_VALUE, KVLIST_VALUE -> new String(json(v).getBytes(UTF_8), ISO_8859_1);
            case VALUE_NOT_SET -> "";
        };
    }

    private static String utf8(String latin1) {
        return new String(latin1.getBytes(ISO_8859_1), UTF_8);
    }

    private static String json(AnyValue v) {
        StringWriter out = new StringWriter();
        try (JsonGenerator g = new JsonFactory().createGenerator(out)) {
            write(v, g);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // What Go escapes and Jackson does not; Jackson writes hexadecimal digits in upper case.
        String text = out.toString().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028");
        return text.replaceAll("\\\\u007F", "\u007f");
    }

    private static void write(AnyValue v, JsonGenerator g) throws IOException {
        switch (v.getValueCase()) {
            case STRING_VALUE -> g.writeString(v.getStringValue().toStringUtf8());
            case BOOL_VALUE -> g.writeBoolean(v.getBoolValue());
            case INT_VALUE -> g.writeNumber(v.getIntValue());
            case DOUBLE_VALUE -> {
                String number = ValueText.number(v.getDoubleValue());
                if (Double.isFinite(v.getDoubleValue())) {
                    g.writeNumber(number);
                } else {
                    g.writeString(number);
                }
            }
            case BYTES_VALUE -> g.writeString(Base64.getEncoder().encodeToString(v.getBytesValue().toByteArray()));
            case ARRAY_VALUE -> {
                g.writeStartArray();
                for (AnyValue x : v.getArrayValue().getValuesList()) {
                    write(x, g);
                }
                g.writeEndArray();
            }
            case KVLIST_VALUE -> {
                TreeMap<String, AnyValue> sorted = new TreeMap<>();
                v.getKvlistValue().getValuesList().forEach(f -> sorted.put(f.getKey().toStringUtf8(), f.getValue()));
                g.writeStartObject();
                for (Map.Entry<String, AnyValue> e : sorted.entrySet()) {
                    g.writeFieldName(e.getKey());
                    write(e.getValue(), g);
                }
                g.writeEndObject();
            }
            case VALUE_NOT_SET -> g.writeNull();
        }
    }
}
