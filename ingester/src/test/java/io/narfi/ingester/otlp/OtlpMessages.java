package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.narfi.ingester.proto.otlp.AnyValue;
import io.narfi.ingester.proto.otlp.ArrayValue;
import io.narfi.ingester.proto.otlp.ExportLogsServiceRequest;
import io.narfi.ingester.proto.otlp.KeyValue;
import io.narfi.ingester.proto.otlp.KeyValueList;
import io.narfi.ingester.proto.otlp.LogRecord;
import io.narfi.ingester.proto.otlp.Resource;
import io.narfi.ingester.proto.otlp.ResourceLogs;
import io.narfi.ingester.proto.otlp.Scope;
import io.narfi.ingester.proto.otlp.ScopeLogs;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;

/** Random OTLP messages, and their JSON form. */
final class OtlpMessages {
    private static final List<String> KEYS = List.of(
            "service.name", "service.namespace", "k8s.pod.name", "container.name", "host.name", "http.method", "1st", "a b", "ünï", "__x__",
            "level", "trace_id", "a.b", "a_b", "plain");
    private static final List<String> TEXTS = List.of(
            "", "x", "GET", "error", "two words", "quote\" back\\slash", "<a href='x'>&amp;</a>", "line\nbreak\ttab\u0001\u007f", "grün 水 \ud83d\ude00",
            "sep\u2028arators", "{\"json\":true}", "a=1 level=warn");

    private final Random random;

    OtlpMessages(Random random) {
        this.random = random;
    }

    ExportLogsServiceRequest message() {
        ExportLogsServiceRequest.Builder out = ExportLogsServiceRequest.newBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            ResourceLogs.Builder resource = ResourceLogs.newBuilder();
            if (random.nextInt(5) != 0) {
                Resource.Builder r = Resource.newBuilder().setDroppedAttributesCount(random.nextInt(3));
                for (int a = random.nextInt(5); a > 0; a--) {
                    r.addAttributes(keyValue(0));
                }
                resource.setResource(r);
            }
            for (int s = random.nextInt(3); s > 0; s--) {
                resource.addScopeLogs(scope());
            }
            out.addResourceLogs(resource);
        }
        return out.build();
    }

    private ScopeLogs scope() {
        ScopeLogs.Builder out = ScopeLogs.newBuilder().setSchemaUrl(bytes("https://example.invalid/schema"));
        if (random.nextBoolean()) {
            Scope.Builder scope = Scope.newBuilder().setName(bytes(text())).setVersion(bytes(text())).setDroppedAttributesCount(random.nextInt(3));
            for (int a = random.nextInt(3); a > 0; a--) {
                scope.addAttributes(keyValue(0));
            }
            out.setScope(scope);
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            out.addLogRecords(logRecord());
        }
        return out.build();
    }

    private LogRecord logRecord() {
        LogRecord.Builder r = LogRecord.newBuilder().setEventName(bytes("event"));
        if (random.nextInt(4) != 0) {
            r.setTimeUnixNano(1_700_000_000_000_000_000L + random.nextInt());
        }
        if (random.nextInt(3) == 0) {
            r.setObservedTimeUnixNano(1_700_000_001_000_000_000L + random.nextInt());
        }
        if (random.nextBoolean()) {
            r.setSeverityNumber(random.nextInt(26)).setSeverityText(bytes(text()));
        }
        if (random.nextInt(6) != 0) {
            r.setBody(value(0));
        }
        for (int a = random.nextInt(4); a > 0; a--) {
            r.addAttributes(keyValue(0));
        }
        if (random.nextInt(3) == 0) {
            r.setDroppedAttributesCount(random.nextInt(1000)).setFlags(random.nextInt());
            r.setTraceId(id(16)).setSpanId(id(8));
        }
        return r.build();
    }

    private ByteString id(int size) {
        byte[] id = new byte[random.nextInt(4) == 0 ? 0 : size];
        if (random.nextInt(4) != 0) {
            random.nextBytes(id);
        }
        return ByteString.copyFrom(id);
    }

    private KeyValue keyValue(int depth) {
        return KeyValue.newBuilder().setKey(bytes(KEYS.get(random.nextInt(KEYS.size())))).setValue(value(depth)).build();
    }

    private AnyValue value(int depth) {
        AnyValue.Builder v = AnyValue.newBuilder();
        switch (random.nextInt(depth > 2 ? 6 : 8)) {
            case 0 -> v.setBoolValue(random.nextBoolean());
            case 1 -> v.setIntValue(random.nextBoolean() ? random.nextInt(20) - 10 : random.nextLong());
            case 2 -> v.setDoubleValue(random.nextBoolean() ? random.nextInt(1000) / 8.0 : Double.longBitsToDouble(random.nextLong()));
            case 3 -> v.setBytesValue(bytes(text()));
            case 4 -> {}
            case 5 -> v.setStringValue(bytes(text()));
            case 6 -> {
                ArrayValue.Builder a = ArrayValue.newBuilder();
                for (int i = random.nextInt(4); i > 0; i--) {
                    a.addValues(value(depth + 1));
                }
                v.setArrayValue(a);
            }
            default -> {
                KeyValueList.Builder m = KeyValueList.newBuilder();
                for (int i = random.nextInt(4); i > 0; i--) {
                    m.addValues(keyValue(depth + 1));
                }
                v.setKvlistValue(m);
            }
        }
        return v.build();
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private static ByteString bytes(String s) {
        return ByteString.copyFrom(s, UTF_8);
    }

    /** The message in JSON; camel or snake case, numbers as text or not, members in either order. */
    String json(ExportLogsServiceRequest message) {
        StringJoiner all = new StringJoiner(",", "[", "]");
        for (ResourceLogs r : message.getResourceLogsList()) {
            StringJoiner scopes = new StringJoiner(" , ", "[", "]");
            for (ScopeLogs s : r.getScopeLogsList()) {
                StringJoiner records = new StringJoiner(",", "[ ", "]");
                s.getLogRecordsList().forEach(l -> records.add(json(l)));
                String scope = s.hasScope()
                        ? "{" + name("name") + quoted(s.getScope().getName()) + "," + name("version") + quoted(s.getScope().getVersion()) + ","
                                + name("attributes") + json(s.getScope().getAttributesList()) + "," + name("droppedAttributesCount")
                                + s.getScope().getDroppedAttributesCount() + "}"
                        : random.nextBoolean() ? "null" : "{}";
                scopes.add(either(name("scope") + scope, name("logRecords") + records));
            }
            String resource = r.hasResource()
                    ? "{" + name("attributes") + json(r.getResource().getAttributesList()) + ",\"unknown\":[{\"a\":[1]}]}"
                    : random.nextBoolean() ? "null" : "{}";
            all.add(either(name("resource") + resource, name("scopeLogs") + scopes));
        }
        return "{\"other\":1.5e3," + name("resourceLogs") + all + "}";
    }

    private String either(String a, String b) {
        return random.nextBoolean() ? "{" + a + "," + b + "}" : "{" + b + "," + a + ",\"schemaUrl\":\"\"}";
    }

    private String json(LogRecord r) {
        StringJoiner out = new StringJoiner(",", "{", "}");
        out.add(name("timeUnixNano") + number(Long.toUnsignedString(r.getTimeUnixNano())));
        out.add(name("observedTimeUnixNano") + number(Long.toUnsignedString(r.getObservedTimeUnixNano())));
        out.add(name("severityNumber") + r.getSeverityNumber());
        out.add(name("severityText") + quoted(r.getSeverityText()));
        if (r.hasBody()) {
            out.add(name("body") + json(r.getBody()));
        }
        out.add(name("attributes") + json(r.getAttributesList()));
        out.add(name("droppedAttributesCount") + r.getDroppedAttributesCount());
        out.add(name("flags") + number(Integer.toUnsignedString(r.getFlags())));
        HexFormat hex = random.nextBoolean() ? HexFormat.of() : HexFormat.of().withUpperCase();
        out.add(name("traceId") + '"' + hex.formatHex(r.getTraceId().toByteArray()) + '"');
        out.add(name("spanId") + '"' + hex.formatHex(r.getSpanId().toByteArray()) + '"');
        out.add(name("eventName") + quoted(r.getEventName()));
        return out.toString();
    }

    private String json(List<KeyValue> attributes) {
        StringJoiner out = new StringJoiner(",", "[", "]");
        for (KeyValue a : attributes) {
            String key = name("key") + quoted(a.getKey());
            String value = name("value") + json(a.getValue());
            out.add(random.nextBoolean() ? "{" + key + "," + value + "}" : "{" + value + "," + key + "}");
        }
        return out.toString();
    }

    private String json(AnyValue v) {
        return switch (v.getValueCase()) {
            case STRING_VALUE -> "{" + name("stringValue") + quoted(v.getStringValue()) + "}";
            case BOOL_VALUE -> "{" + name("boolValue") + v.getBoolValue() + "}";
            case INT_VALUE -> "{" + name("intValue") + number(Long.toString(v.getIntValue())) + "}";
            case DOUBLE_VALUE -> {
                String number = Double.toString(v.getDoubleValue());
                yield "{" + name("doubleValue") + (Double.isFinite(v.getDoubleValue()) ? number : '"' + number + '"') + "}";
            }
            case BYTES_VALUE -> {
                Base64.Encoder base64 = random.nextBoolean() ? Base64.getEncoder() : Base64.getEncoder().withoutPadding();
                yield "{" + name("bytesValue") + '"' + base64.encodeToString(v.getBytesValue().toByteArray()) + "\"}";
            }
            case ARRAY_VALUE -> {
                StringJoiner out = new StringJoiner(",", "[", "]");
                v.getArrayValue().getValuesList().forEach(x -> out.add(json(x)));
                yield "{" + name("arrayValue") + "{" + name("values") + out + "}}";
            }
            case KVLIST_VALUE -> "{" + name("kvlistValue") + "{" + name("values") + json(v.getKvlistValue().getValuesList()) + "}}";
            case VALUE_NOT_SET -> random.nextBoolean() ? "{}" : "null";
        };
    }

    private String number(String text) {
        return random.nextBoolean() ? text : '"' + text + '"';
    }

    private String name(String camel) {
        String name = random.nextBoolean() ? camel : camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
        return '"' + name + "\":" + (random.nextBoolean() ? "" : " ");
    }

    private String quoted(ByteString text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toString(UTF_8).toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || (c > '~' && random.nextBoolean() && !Character.isSurrogate(c))) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
