package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.params.QueryTags;
import io.narfi.querier.stats.QueryStats;
import io.narfi.querier.stats.ScanStats;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The line that the log gets for every query that was worked on: what was asked, what came of it, what it cost, and the tags of
 * {@code X-Query-Tags} ({@code contract/http-api.md} section 1.4).
 *
 * @param type {@code filter}, {@code limited}, {@code metric}, {@code labels} and so on
 * @param query what the client sent
 * @param start first moment asked for, nanoseconds since the epoch
 * @param end last moment asked for
 * @param step nanoseconds, 0 where there is none
 * @param limit entries asked for, 0 where there is none
 */
record QueryLine(String type, String query, long start, long end, long step, int limit) {
    private static final Logger LOG = LoggerFactory.getLogger("query");

    QueryLine {
        requireNonNull(type, "type is null");
        requireNonNull(query, "query is null");
    }

    /** A line of a request that has no more to say than its range and a selector. */
    static QueryLine of(String type, String query, long start, long end) {
        return new QueryLine(type, query, start, end, 0, 0);
    }

    /** The status that a failure becomes. */
    static int status(Exception failure) {
        return failure instanceof ApiException e ? e.status() : failure instanceof InterruptedException ? 499 : 500;
    }

    void write(Asker asker, int status, QueryStats stats) {
        ScanStats scan = stats.scan();
        double seconds = stats.execNanos() / (double) Durations.SECOND;
        LoggingEventBuilder line = LOG.atInfo()
                .addKeyValue("org_id", String.join("|", asker.tenants()))
                .addKeyValue("latency", seconds < 10 ? "fast" : "slow")
                .addKeyValue("query", query)
                .addKeyValue("query_hash", Integer.toUnsignedString(QueryLimits.fnv(query)))
                .addKeyValue("query_type", type)
                .addKeyValue("range_type", step == 0 && start == end ? "instant" : "range")
                .addKeyValue("length", Durations.formatGo(end - start))
                .addKeyValue("step", Durations.formatGo(step))
                .addKeyValue("duration", Durations.formatGo(stats.execNanos()))
                .addKeyValue("status", status)
                .addKeyValue("limit", limit)
                .addKeyValue("returned_lines", stats.entries())
                .addKeyValue("total_bytes", scan.lineBytes + scan.metadataBytes)
                .addKeyValue("total_lines", scan.lines)
                .addKeyValue("post_filter_lines", scan.postFilterLines)
                .addKeyValue("skipped_bytes", scan.directoryBytes + scan.columnBytes)
                .addKeyValue("queue_time", Durations.formatGo(stats.queueNanos()))
                .addKeyValue("splits", stats.splits())
                .addKeyValue("shards", stats.tasks());
        for (Map.Entry<String, String> tag : tags(asker.tags()).entrySet()) {
            line = line.addKeyValue(tag.getKey(), tag.getValue());
        }
        line.log("query");
    }

    /** The tags, in the order of their names; names are made fit for a key. */
    private static Map<String, String> tags(QueryTags tags) {
        Map<String, String> sorted = new TreeMap<>();
        tags.pairs().forEach((name, value) -> sorted.put("tag_" + name.replaceAll("[^a-z0-9_]", "_"), value));
        return sorted;
    }
}
