package io.narfi.benchmarks.macro;

import java.util.List;

/** The requests that every run measures; all look at the whole 24 hours. */
final class QueryMix {
    /**
     * A request.
     *
     * @param path of the endpoint
     * @param text of its parameter {@code query}, or {@code match[]}
     * @param step of metric queries
     */
    record Query(String name, String path, String text, String step) {
        private Query(String name, String text, String step) {
            this(name, "/loki/api/v1/query_range", text, step);
        }
    }

    private QueryMix() {}

    static final List<Query> QUERIES = List.of(
            new Query("newest 100 of one app", "{app=\"shop-0\"}", "60s"),
            new Query("needle in all streams", "{cluster=\"prod\"} |= \"NDL-7f3a9c\"", "60s"),
            new Query("newest 100 with a regexp", "{cluster=\"prod\"} |~ \"time(out|d out).*retry\"", "60s"),
            new Query("count by namespace, 5m", "sum by (namespace) (count_over_time({cluster=\"prod\"}[5m]))", "5m"),
            new Query("top 10 bytes by pod, 1h", "topk(10, sum by (pod) (bytes_over_time({cluster=\"prod\"}[1h])))", "1h"),
            new Query("rate of errors by app, 5m", "sum by (app) (rate({cluster=\"prod\"} |= \"error\" [5m]))", "5m"),
            new Query("count (?i) three words, 5m", "sum(count_over_time({cluster=\"prod\"} |~ \"(?i)timeout|refused|reset by peer\" [5m]))", "5m"),
            new Query("max of counts by namespace, 1h", "max(sum by (namespace) (count_over_time({cluster=\"prod\"}[1h])))", "1h"),
            new Query("label names", "/loki/api/v1/labels", "", ""),
            new Query("label values: pod", "/loki/api/v1/label/pod/values", "", ""),
            new Query("series of one namespace", "/loki/api/v1/series", "{namespace=\"ingress\"}", ""),
            new Query("index stats", "/loki/api/v1/index/stats", "{cluster=\"prod\"}", ""),
            new Query("volume by namespace", "/loki/api/v1/index/volume", "{namespace=~\".+\"}", ""),
            new Query("detected labels", "/loki/api/v1/detected_labels", "", ""));
}
