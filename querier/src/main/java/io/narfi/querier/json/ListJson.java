package io.narfi.querier.json;

import io.narfi.common.Labels;
import io.narfi.querier.discover.StreamTotals;
import java.io.IOException;
import java.util.Collection;

/** Answers of the metadata endpoints ({@code contract/http-api.md} sections 8 and 9.1). */
public final class ListJson {
    private ListJson() {}

    /** Names or values; {@code data} is left out when there are none. */
    public static void strings(JsonOut out, Collection<String> strings) throws IOException {
        out.raw("{\"status\":\"success\"");
        String separator = ",\"data\":[";
        for (String s : strings) {
            out.raw(separator).string(s);
            separator = ",";
        }
        out.raw(strings.isEmpty() ? "}\n" : "]}\n");
        out.flush();
    }

    /** Label sets; {@code data} is always there. */
    public static void series(JsonOut out, Collection<Labels> series) throws IOException {
        out.raw("{\"status\":\"success\",\"data\":[");
        boolean first = true;
        for (Labels labels : series) {
            if (!first) {
                out.raw(',');
            }
            first = false;
            labels(out, labels);
        }
        out.raw("]}\n");
        out.flush();
    }

    /** The totals of {@code index/stats}. */
    public static void indexStats(JsonOut out, StreamTotals.Sum sum) throws IOException {
        out.raw("{\"streams\":").number(sum.streams());
        out.raw(",\"chunks\":").number(sum.chunks());
        out.raw(",\"bytes\":").number(sum.bytes());
        out.raw(",\"entries\":").number(sum.entries()).raw("}\n");
        out.flush();
    }

    /** {@code {"name":"value",…}}, names in ascending order. */
    public static void labels(JsonOut out, Labels labels) throws IOException {
        out.raw('{');
        for (int i = 0; i < labels.size(); i++) {
            if (i > 0) {
                out.raw(',');
            }
            out.string(labels.name(i)).raw(':').string(labels.value(i));
        }
        out.raw('}');
    }
}
