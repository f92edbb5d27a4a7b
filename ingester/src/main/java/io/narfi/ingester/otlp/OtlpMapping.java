package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.GoText;
import io.narfi.ingester.decode.ProtobufPushDecoder;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows of records (contract/http-api.md §4.2): labels of the resource, structured metadata of everything else, the body as line. A
 * reader calls {@link #resource}, its attributes, {@link #resourceEnds}, then for each scope {@link #scope}, its attributes, and for each record
 * its attributes and {@link #record}.
 *
 * <p>Metadata stands in Loki's order: record, resource, scope; fields before attributes in a scope and after them in a record. Of equal names
 * the last one wins.
 */
final class OtlpMapping {
    private static final String SERVICE_NAME = "service_name";
    private static final String UNKNOWN_SERVICE = "unknown_service";
    private static final String SEVERITY_TEXT = "severity_text";
    private static final String HEX = "0123456789abcdef";

    /** A tree node, two string headers and the two arrays' headers, generously. */
    private static final int BYTES_PER_LABEL = 160;

    /** The name of metadata that is made of a field, not of an attribute; its text is written where it is first used. */
    private static final class FieldName {
        private final byte[] text;
        private int offset = -1;

        FieldName(String text) {
            this.text = text.getBytes(UTF_8);
        }
    }

    @FunctionalInterface
    private interface Pairs {
        void add(int nameOffset, int nameLength, int valueOffset, int valueLength);
    }

    private final byte[] body;
    private final int bodyLength;
    private final OtlpRules rules;
    private final long now;
    private final MemoryBudget.Lease lease;
    private final PushData data;
    private final TextBuffer made;
    private final ValueText values;
    private final AttributeNames resourceNames;
    private final AttributeNames scopeNames;
    private final AttributeNames logNames;
    private final FieldName scopeName = new FieldName("scope_name");
    private final FieldName scopeVersion = new FieldName("scope_version");
    private final FieldName scopeDropped = new FieldName("scope_dropped_attributes_count");
    private final FieldName observedTimestamp = new FieldName("observed_timestamp");
    private final FieldName severityNumber = new FieldName("severity_number");
    private final FieldName severityText = new FieldName(SEVERITY_TEXT);
    private final FieldName dropped = new FieldName("dropped_attributes_count");
    private final FieldName flags = new FieldName("flags");
    private final FieldName traceId = new FieldName("trace_id");
    private final FieldName spanId = new FieldName("span_id");

    private final TreeMap<String, String> resourceLabels = new TreeMap<>();
    private long resourceLabelBytes;
    private final PairList resourcePairs;
    private final PairList scopeFields;
    private final PairList scopePairs;
    private final TreeMap<String, String> logLabels = new TreeMap<>();
    private long logLabelBytes;
    private String resourceText = "{}";
    private @Nullable String discoveredService;

    /** Labels of the stream that entries are being added to, null before the first. */
    private @Nullable String openStream;

    /**
     * @param now nanoseconds since the epoch, for records without a time
     */
    OtlpMapping(byte[] body, int bodyLength, OtlpRules rules, long now, MemoryBudget.Lease lease) {
        this.body = requireNonNull(body, "body is null");
        this.bodyLength = bodyLength;
        this.rules = requireNonNull(rules, "rules is null");
        this.now = now;
        this.lease = requireNonNull(lease, "lease is null");
        lease.reserve(3 * AttributeNames.memory());
        data = new PushData(body, bodyLength, lease);
        made = new TextBuffer(Integer.MAX_VALUE - 8 - bodyLength, lease);
        values = new ValueText(body, made);
        resourceNames = new AttributeNames(body, bodyLength, made, rules::resource);
        scopeNames = new AttributeNames(body, bodyLength, made, rules::scope);
        logNames = new AttributeNames(body, bodyLength, made, rules::log);
        resourcePairs = new PairList(lease);
        scopeFields = new PairList(lease);
        scopePairs = new PairList(lease);
    }

    /** Begins a resource. */
    void resource() {
        resourceLabels.clear();
        lease.release(resourceLabelBytes);
        resourceLabelBytes = 0;
        resourcePairs.clear();
        discoveredService = null;
    }

    void resourceAttribute(AnyValue.Field attribute) {
        AttributeNames.Name name = resourceNames.of(attribute);
        switch (name.action()) {
            case LABEL -> resourceLabelBytes += labels(resourceNames, name.label(), attribute.value(), 1, resourceLabels, true);
            case METADATA -> pairs(resourceNames, name, attribute.value(), resourcePairs::add);
            case DROP -> {}
        }
    }

    /** All attributes of the resource were seen. */
    void resourceEnds() {
        if (!rules.serviceNames().isEmpty() && resourceLabels.getOrDefault(SERVICE_NAME, "").isEmpty()) {
            resourceLabels.put(SERVICE_NAME, discoveredService == null ? UNKNOWN_SERVICE : discoveredService);
        }
        resourceText = render(resourceLabels);
    }

    /** Begins a scope. */
    void scope() {
        scopeFields.clear();
        scopePairs.clear();
    }

    void scopeName(int offset, int length) {
        scopeText(scopeName, offset, length);
    }

    void scopeVersion(int offset, int length) {
        scopeText(scopeVersion, offset, length);
    }

    private void scopeText(FieldName field, int offset, int length) {
        if (length > 0) {
            field(field, offset, length, scopeFields::add);
        }
    }

    /** @param count unsigned */
    void scopeDroppedAttributes(int count) {
        number(scopeDropped, Integer.toUnsignedLong(count), scopeFields::add);
    }

    void scopeAttribute(AnyValue.Field attribute) {
        AttributeNames.Name name = scopeNames.of(attribute);
        // No rule makes a label of a scope's attribute: the configuration refuses it.
        if (name.action() != OtlpRules.Action.DROP) {
            pairs(scopeNames, name, attribute.value(), scopePairs::add);
        }
    }

    void logAttribute(AnyValue.Field attribute) {
        AttributeNames.Name name = logNames.of(attribute);
        switch (name.action()) {
            case LABEL -> logLabelBytes += labels(logNames, name.label(), attribute.value(), 1, logLabels, false);
            case METADATA -> pairs(logNames, name, attribute.value(), data::addPair);
            case DROP -> {}
        }
    }

    /** Ends a record, whose attributes were seen. */
    void record(LogRecord r) {
        if (r.time != 0 && r.observedTime != 0) {
            number(observedTimestamp, r.observedTime, data::addPair);
        }
        number(severityNumber, r.severityNumber, data::addPair);
        text(severityText, r.severityTextOffset, r.severityTextLength);
        number(dropped, Integer.toUnsignedLong(r.droppedAttributes), data::addPair);
        number(flags, Integer.toUnsignedLong(r.flags), data::addPair);
        text(traceId, r.traceOffset, r.traceLength);
        text(spanId, r.spanOffset, r.spanLength);
        resourcePairs.addTo(data);
        scopeFields.addTo(data);
        scopePairs.addTo(data);
        if (rules.severityTextAsLabel() && r.severityTextLength > 0) {
            logLabelBytes += put(logLabels, SEVERITY_TEXT, new String(body, r.severityTextOffset, r.severityTextLength, UTF_8));
        }
        stream();
        long time = r.time != 0 ? r.time : r.observedTime != 0 ? r.observedTime : now;
        if (r.body instanceof AnyValue.Text t) {
            data.addEntry(time, t.offset(), t.length());
        } else {
            int from = made.length();
            values.append(r.body);
            data.addEntry(time, bodyLength + from, made.length() - from);
        }
    }

    /** Opens the stream of the record's labels, if another one is open. */
    private void stream() {
        String text = resourceText;
        if (!logLabels.isEmpty()) {
            TreeMap<String, String> all = new TreeMap<>(resourceLabels);
            all.putAll(logLabels);
            text = render(all);
            logLabels.clear();
            lease.release(logLabelBytes);
            logLabelBytes = 0;
        }
        if (openStream != null && !openStream.equals(text)) {
            data.addStream(openStream);
        }
        openStream = text;
    }

    /** The rows; the lease still pays for the body, which nothing needs any more. */
    PushData finish() {
        if (openStream != null) {
            data.addStream(openStream);
        }
        data.joinEqualStreams();
        data.append(bodyLength, made.bytes(), made.length());
        return data;
    }

    /** Writes bytes as hexadecimal text; returns its offset. */
    int hex(int offset, int length) {
        int at = bodyLength + made.length();
        for (int i = offset; i < offset + length; i++) {
            made.add(HEX.charAt(body[i] >> 4 & 15));
            made.add(HEX.charAt(body[i] & 15));
        }
        return at;
    }

    private void number(FieldName field, long value, Pairs pairs) {
        if (value != 0) {
            int from = made.length();
            made.add(value);
            field(field, bodyLength + from, made.length() - from, pairs);
        }
    }

    private void text(FieldName field, int offset, int length) {
        if (length > 0) {
            field(field, offset, length, data::addPair);
        }
    }

    private void field(FieldName field, int offset, int length, Pairs pairs) {
        if (field.offset < 0) {
            field.offset = bodyLength + made.length();
            made.add(field.text);
        }
        pairs.add(field.offset, field.text.length, offset, length);
    }

    private void pairs(AttributeNames names, AttributeNames.Name name, AnyValue value, Pairs pairs) {
        if (value instanceof AnyValue.Fields map) {
            nestedPairs(names, name.label(), map, 2, pairs);
        } else {
            pair(name.offset(), name.length(), value, pairs);
        }
    }

    private void nestedPairs(AttributeNames names, String prefix, AnyValue.Fields map, int depth, Pairs pairs) {
        for (AnyValue.Field f : map.fields()) {
            String label = names.nested(prefix, f, depth);
            if (f.value() instanceof AnyValue.Fields inner) {
                nestedPairs(names, label, inner, depth + 1, pairs);
            } else {
                int at = bodyLength + made.length();
                made.addAscii(label);
                pair(at, label.length(), f.value(), pairs);
            }
        }
    }

    private void pair(int nameOffset, int nameLength, AnyValue value, Pairs pairs) {
        if (value instanceof AnyValue.Text t) {
            pairs.add(nameOffset, nameLength, t.offset(), t.length());
        } else {
            int from = made.length();
            values.append(value);
            pairs.add(nameOffset, nameLength, bodyLength + from, made.length() - from);
        }
    }

    /** Puts a value, or the fields of a map, among labels; returns the memory that was reserved for it. */
    private long labels(AttributeNames names, String label, AnyValue value, int depth, Map<String, String> to, boolean discover) {
        if (value instanceof AnyValue.Fields map) {
            long reserved = 0;
            for (AnyValue.Field f : map.fields()) {
                reserved += labels(names, names.nested(label, f, depth + 1), f.value(), depth + 1, to, discover);
            }
            return reserved;
        }
        String text = string(value);
        if (discover && discoveredService == null && !text.isEmpty() && rules.serviceNames().contains(label)) {
            discoveredService = text;
        }
        return put(to, label, text);
    }

    private long put(Map<String, String> to, String label, String text) {
        long size = BYTES_PER_LABEL + 2L * (label.length() + text.length());
        lease.reserve(size);
        to.put(label, text);
        return size;
    }

    private String string(AnyValue value) {
        if (value instanceof AnyValue.Text t) {
            return new String(body, t.offset(), t.length(), UTF_8);
        }
        int from = made.length();
        values.append(value);
        return new String(made.bytes(), from, made.length() - from, UTF_8);
    }

    private String render(Map<String, String> labels) {
        long before = lease.held();
        StringBuilder out = new StringBuilder(32 * labels.size() + 2).append('{');
        labels.forEach((name, value) -> {
            if (!value.isEmpty()) {
                if (out.length() > 1) {
                    out.append(", ");
                }
                // An escape in Go's form is at most ten characters long for two of ours.
                lease.reserve(16L + 2L * name.length() + 10L * value.length());
                GoText.appendQuoted(out.append(name).append('='), value);
            }
        });
        String text = out.append('}').toString();
        ProtobufPushDecoder.checkLabelsLength(text.length());
        lease.release(lease.held() - before);
        return text;
    }
}
