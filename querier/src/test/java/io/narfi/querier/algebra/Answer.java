package io.narfi.querier.algebra;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.querier.log.LogRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a query gave, in a form that compares: without the order that is nobody's promise. */
sealed interface Answer {
    /** What was wrong, as far as it is the same wherever the work is done: which of several bad series is named is open. */
    record Refused(int status, String text) implements Answer {
        static Refused of(ApiException e) {
            String text = e.text();
            int series = text.indexOf(" for series:");
            boolean pipeline = text.startsWith("pipeline error:");
            return new Refused(e.status(), pipeline ? "pipeline error" : series > 0 ? text.substring(0, series) : text);
        }
    }

    /** An entry; the bytes of its line one a character. */
    record Entry(ResultLabels labels, String line) {}

    /** Entries by their time, those of one time with how often each stands there. */
    record Entries(TreeMap<Long, Map<Entry, Integer>> byTime, List<Long> times) implements Answer {
        static Entries of(List<LogRow> rows) {
            TreeMap<Long, Map<Entry, Integer>> byTime = new TreeMap<>();
            for (LogRow row : rows) {
                byTime.computeIfAbsent(row.time(), t -> new HashMap<>())
                        .merge(new Entry(row.labels(), new String(row.line(), StandardCharsets.ISO_8859_1)), 1, Integer::sum);
            }
            return new Entries(byTime, rows.stream().map(LogRow::time).toList());
        }

        /** The entries of both. */
        Entries and(Entries other) {
            TreeMap<Long, Map<Entry, Integer>> all = new TreeMap<>();
            byTime.forEach((time, entries) -> all.put(time, new HashMap<>(entries)));
            other.byTime.forEach((time, entries) ->
                    entries.forEach((entry, n) -> all.computeIfAbsent(time, t -> new HashMap<>()).merge(entry, n, Integer::sum)));
            List<Long> both = new ArrayList<>(times);
            both.addAll(other.times);
            return new Entries(all, both);
        }
    }

    /** Values by series and time in milliseconds; {@code label_replace} can give several of one time. */
    record Points(Map<Labels, TreeMap<Long, List<Double>>> series) implements Answer {
        static Points of(MetricResult result) {
            Map<Labels, TreeMap<Long, List<Double>>> series = new TreeMap<>();
            switch (result) {
                case MetricResult.Scalar scalar -> add(series, Labels.EMPTY, scalar.time(), scalar.value());
                case MetricResult.Vector vector -> vector.samples().forEach(s -> add(series, s.labels(), vector.time(), s.value()));
                case MetricResult.Matrix matrix -> matrix.series().forEach(s -> {
                    for (int i = 0; i < s.times().length; i++) {
                        add(series, s.labels(), s.times()[i], s.values()[i]);
                    }
                });
            }
            series.values().forEach(points -> points.values().forEach(values -> values.sort(null)));
            return new Points(series);
        }

        private static void add(Map<Labels, TreeMap<Long, List<Double>>> series, Labels labels, long time, double value) {
            series.computeIfAbsent(labels, l -> new TreeMap<>()).computeIfAbsent(time, t -> new ArrayList<>()).add(value);
        }

        /** Point by point the sum of both; what one of them lacks counts as 0. */
        Points plus(Points other) {
            Map<Labels, TreeMap<Long, List<Double>>> sums = new TreeMap<>();
            for (Points part : List.of(this, other)) {
                part.series.forEach((labels, points) -> points.forEach((time, values) -> sums.computeIfAbsent(labels, l -> new TreeMap<>())
                        .merge(time, List.of(values.getFirst()), (a, b) -> List.of(a.getFirst() + b.getFirst()))));
            }
            return new Points(sums);
        }

        /** All series as one without labels. */
        Points summed() {
            Map<Labels, TreeMap<Long, List<Double>>> sums = new TreeMap<>();
            series.forEach((labels, points) -> points.forEach((time, values) -> sums.computeIfAbsent(Labels.EMPTY, l -> new TreeMap<>())
                    .merge(time, values, (a, b) -> List.of(a.getFirst() + b.getFirst()))));
            return new Points(sums);
        }
    }

    /** The first difference to what was expected, null if there is none. */
    default @Nullable String differsFrom(Answer expected) {
        if (expected instanceof Points want && this instanceof Points got) {
            if (!want.series().keySet().equals(got.series().keySet())) {
                return "series " + got.series().keySet() + ", want " + want.series().keySet();
            }
            for (Map.Entry<Labels, TreeMap<Long, List<Double>>> e : want.series().entrySet()) {
                String difference = points(e.getValue(), got.series().getOrDefault(e.getKey(), new TreeMap<>()));
                if (difference != null) {
                    return e.getKey() + difference;
                }
            }
            return null;
        }
        if (expected instanceof Entries want && this instanceof Entries got) {
            if (want.byTime().equals(got.byTime())) {
                return null;
            }
            for (Long time : want.byTime().keySet()) {
                if (!want.byTime().get(time).equals(got.byTime().get(time))) {
                    return "at " + time + ": " + got.byTime().get(time) + ", want " + want.byTime().get(time);
                }
            }
            return got.times().size() + " entries, want " + want.times().size();
        }
        return equals(expected) ? null : brief(this) + ", want " + brief(expected);
    }

    private static @Nullable String points(Map<Long, List<Double>> want, Map<Long, List<Double>> got) {
        if (!want.keySet().equals(got.keySet())) {
            return " has points at " + got.keySet() + ", want " + want.keySet();
        }
        for (Map.Entry<Long, List<Double>> e : want.entrySet()) {
            List<Double> values = got.getOrDefault(e.getKey(), List.of());
            boolean same = values.size() == e.getValue().size();
            for (int i = 0; same && i < values.size(); i++) {
                same = near(values.get(i), e.getValue().get(i));
            }
            if (!same) {
                return " at " + e.getKey() + ": " + values + ", want " + e.getValue();
            }
        }
        return null;
    }

    private static boolean near(double a, double b) {
        return Double.compare(a, b) == 0 || a == b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) || Math.abs(a - b) < 1e-12;
    }

    private static String brief(Answer answer) {
        String text = answer.toString();
        return text.length() <= 500 ? text : text.substring(0, 500) + "…";
    }
}
