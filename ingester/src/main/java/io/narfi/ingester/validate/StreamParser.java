package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.ingester.decode.LabelText;
import io.narfi.ingester.decode.LabelText.Pair;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From a stream's label text to {@link StreamInfo}: parse, add {@code service_name}, check the limits on labels. */
final class StreamParser {
    private static final String SERVICE_NAME = "service_name";
    private static final String UNKNOWN_SERVICE = "unknown_service";
    private static final List<String> INTERNAL = List.of("__aggregated_metric__", "__pattern__");

    private StreamParser() {}

    /** @throws ApiException 400 {@code couldn't parse labels: …}, which refuses the whole push */
    static StreamInfo parse(String labelText, TenantRules rules) {
        List<Pair> pairs;
        try {
            pairs = LabelText.parse(labelText);
        } catch (ApiException e) {
            throw new ApiException(400, "couldn't parse labels: " + e.text(), e);
        }
        boolean internal = pairs.stream().anyMatch(p -> INTERNAL.contains(p.name()));
        if (!internal) {
            addServiceName(pairs, rules.limits().discoverServiceName());
        }
        String text = LabelText.render(pairs);
        Refusal refusal = internal && !pairs.isEmpty() ? duplicates(pairs, text) : check(pairs, text, rules.limits());
        if (refusal != null) {
            return new StreamInfo(Labels.EMPTY, text, refusal.reason, refusal.text, internal, null, "", "", rules);
        }
        Labels labels = labels(pairs);
        String level = null;
        for (String name : rules.limits().logLevelFields()) {
            String value = labels.get(name);
            if (value != null) {
                level = Levels.normalise(value);
                break;
            }
        }
        return new StreamInfo(labels, text, null, "", internal, level, rules.policy(labels), rules.retentionHours(labels), rules);
    }

    private record Refusal(Reason reason, String text) {}

    private static void addServiceName(List<Pair> pairs, List<String> candidates) {
        if (candidates.isEmpty() || value(pairs, SERVICE_NAME) != null) {
            return;
        }
        String service = UNKNOWN_SERVICE;
        for (String name : candidates) {
            String value = value(pairs, name);
            if (value != null) {
                service = value;
                break;
            }
        }
        pairs.add(new Pair(SERVICE_NAME, service));
        pairs.sort(Comparator.comparing(Pair::name));
    }

    private static @Nullable String value(List<Pair> pairs, String name) {
        for (Pair p : pairs) {
            if (p.name().equals(name)) {
                return p.value();
            }
        }
        return null;
    }

    private static @Nullable Refusal check(List<Pair> pairs, String text, Limits limits) {
        if (pairs.isEmpty()) {
            return new Refusal(Reason.MISSING_LABELS, "error at least one label pair is required per stream");
        }
        int names = pairs.size() - (value(pairs, SERVICE_NAME) == null ? 0 : 1);
        if (names > limits.maxLabelNamesPerSeries()) {
            return new Refusal(
                    Reason.MAX_LABEL_NAMES_PER_SERIES,
                    "entry for stream '" + text + "' has " + names + " label names; limit " + limits.maxLabelNamesPerSeries());
        }
        String last = null;
        for (Pair p : pairs) {
            if (p.name().getBytes(UTF_8).length > limits.maxLabelNameLength()) {
                return new Refusal(Reason.LABEL_NAME_TOO_LONG, "stream '" + text + "' has label name too long: '" + p.name() + "'");
            }
            if (p.value().getBytes(UTF_8).length > limits.maxLabelValueLength()) {
                return new Refusal(Reason.LABEL_VALUE_TOO_LONG, "stream '" + text + "' has label value too long: '" + p.value() + "'");
            }
            if (p.name().equals(last)) {
                return duplicate(text, p);
            }
            last = p.name();
        }
        return null;
    }

    /** Internal streams are free of limits, but no stream can have a label twice. */
    private static @Nullable Refusal duplicates(List<Pair> pairs, String text) {
        for (int i = 1; i < pairs.size(); i++) {
            if (pairs.get(i).name().equals(pairs.get(i - 1).name())) {
                return duplicate(text, pairs.get(i));
            }
        }
        return null;
    }

    private static Refusal duplicate(String text, Pair p) {
        return new Refusal(Reason.DUPLICATE_LABEL_NAMES, "stream '" + text + "' has duplicate label name: '" + p.name() + "'");
    }

    private static Labels labels(List<Pair> pairs) {
        String[] array = new String[2 * pairs.size()];
        int i = 0;
        for (Pair p : pairs) {
            array[i++] = p.name();
            array[i++] = p.value();
        }
        return Labels.ofSorted(array);
    }
}
