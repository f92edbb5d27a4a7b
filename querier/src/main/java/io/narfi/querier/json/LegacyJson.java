package io.narfi.querier.json;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.stats.QueryStats;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The answers of {@code /api/prom} ({@code contract/http-api.md} section 16). */
public final class LegacyJson {
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT);

    private LegacyJson() {}

    /** @param categorize whether labels are those of the stored streams alone */
    public static void streams(JsonOut out, List<LogRow> rows, boolean categorize, QueryStats stats) throws IOException {
        out.raw("{\"streams\":[");
        boolean first = true;
        for (Map.Entry<Labels, List<LogRow>> stream : StreamsJson.group(rows, categorize)) {
            out.raw(first ? "{\"labels\":" : ",{\"labels\":").string(stream.getKey().toString());
            first = false;
            String separator = ",\"entries\":[{\"ts\":\"";
            for (LogRow row : stream.getValue()) {
                out.raw(separator).raw(time(row.time())).raw("\",\"line\":").line(row.line(), 0, row.line().length);
                out.raw('}');
                separator = ",{\"ts\":\"";
            }
            out.raw("]}");
        }
        out.raw("],\"stats\":");
        StatsJson.write(out, stats, true);
        out.raw("}\n").flush();
    }

    /** Names or values; nothing at all when there are none. */
    public static void strings(JsonOut out, Collection<String> strings) throws IOException {
        if (strings.isEmpty()) {
            out.raw("{}\n").flush();
            return;
        }
        out.raw("{\"values\":");
        DiscoveryJson.strings(out, strings);
        out.raw("}\n").flush();
    }

    /** RFC 3339 in UTC, with as many digits of the fraction as it needs. */
    public static String time(long nanos) {
        LocalDateTime second = LocalDateTime.ofEpochSecond(Math.floorDiv(nanos, Durations.SECOND), 0, ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(32).append(SECONDS.format(second));
        long fraction = Math.floorMod(nanos, Durations.SECOND);
        if (fraction > 0) {
            String digits = Long.toString(Durations.SECOND + fraction);
            int end = digits.length();
            while (digits.charAt(end - 1) == '0') {
                end--;
            }
            text.append('.').append(digits, 1, end);
        }
        return text.append('Z').toString();
    }
}
