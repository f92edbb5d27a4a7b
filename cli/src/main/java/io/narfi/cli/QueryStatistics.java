package io.narfi.cli;

import io.narfi.common.ByteSizes;
import io.narfi.common.Durations;
import java.io.PrintStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statistics of a query as lines of a name and a value: {@code Summary.TotalBytesProcessed   17 MB}. */
final class QueryStatistics {
    private static final int COLUMN = 56;

    private QueryStatistics() {}

    static void print(Map<String, @Nullable Object> stats, PrintStream out) {
        for (String group : new String[] {"ingester", "querier", "cache", "index", "summary"}) {
            print(capital(group), Json.object(stats.get(group)), out);
        }
    }

    private static void print(String prefix, Map<String, @Nullable Object> group, PrintStream out) {
        group.forEach((name, value) -> {
            String path = prefix + '.' + capital(name);
            if (value instanceof Map<?, ?>) {
                print(path, Json.object(value), out);
            } else {
                out.println(path + " ".repeat(Math.max(1, COLUMN - path.length())) + shown(name, value));
            }
        });
    }

    private static String shown(String name, @Nullable Object value) {
        String text = Json.text(value);
        String lower = name.toLowerCase(java.util.Locale.ROOT);
        if (!(value instanceof Json.Num)) {
            return text;
        }
        double number = Double.parseDouble(text);
        if (lower.contains("bytes")) {
            return ByteSizes.humanSi((long) number);
        }
        if (lower.endsWith("time") || lower.endsWith("duration")) {
            // Doubles are seconds, integers nanoseconds.
            boolean nanos = !lower.startsWith("exec") && !lower.startsWith("queue") && !lower.endsWith("exectime")
                    && !lower.equals("chunkrefslookuptime") && !lower.equals("bloomfiltertime");
            return Durations.formatGo(nanos ? (long) number : Math.round(number * Times.SECOND));
        }
        return text;
    }

    private static String capital(String name) {
        return name.isEmpty() ? name : Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }
}
