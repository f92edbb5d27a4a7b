package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is printed, letter by letter. */
class OutputTest {
    private static final String STREAMS =
            """
            {"status":"success","data":{"resultType":"streams","result":[
            {"stream":{"app":"shop","level":"info","pod":"shop-1"},"values":[["1793534399000000002","paid <b>\\"17\\"</b>"],["1793534397000000000","tab\\there"]]},
            {"stream":{"app":"shop","pod":"shop-22"},"values":[["1793534398500000000","plain"]]}],
            "stats":{"summary":{"bytesProcessedPerSecond":1500000,"execTime":0.25,"totalLinesProcessed":3},"ingester":{"totalReached":1,"store":{"chunksDownloadTime":2000000}}}}}
            """;

    private static TestConsole run(String answer, String... args) throws Exception {
        try (FakeServer server = FakeServer.answering(answer)) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run(args)).as(console.err()).isZero();
            return console;
        }
    }

    private static String query(String... options) throws Exception {
        String[] args = new String[options.length + 3];
        args[0] = "query";
        args[1] = "{app=\"shop\"}";
        args[2] = "-q";
        System.arraycopy(options, 0, args, 3, options.length);
        return run(STREAMS, args).out();
    }

    @Test
    void columnsWithoutTheCommonLabels() throws Exception {
        TestConsole console = run(STREAMS, "query", "{app=\"shop\"}");
        assertThat(console.out()).isEqualTo("""
                2026-11-01T11:59:59Z {level="info", pod="shop-1"} paid <b>"17"</b>
                2026-11-01T11:59:58Z {pod="shop-22"}              plain
                2026-11-01T11:59:57Z {level="info", pod="shop-1"} tab\there
                """);
        assertThat(console.err()).contains("/loki/api/v1/query_range?query=%7Bapp%3D%22shop%22%7D&start=").contains("Common labels: {app=\"shop\"}\n");
    }

    @Test
    void quietSaysNothing() throws Exception {
        assertThat(run(STREAMS, "query", "{app=\"shop\"}", "--quiet").err()).isEmpty();
    }

    @Test
    void raw() throws Exception {
        assertThat(query("--output=raw", "--forward")).isEqualTo("tab\there\nplain\npaid <b>\"17\"</b>\n");
    }

    @Test
    void jsonLines() throws Exception {
        assertThat(query("-o", "jsonl", "-z", "UTC")).isEqualTo("""
                {"labels":{"level":"info","pod":"shop-1"},"line":"paid <b>\\"17\\"</b>","timestamp":"2026-11-01T11:59:59.000000002Z"}
                {"labels":{"pod":"shop-22"},"line":"plain","timestamp":"2026-11-01T11:59:58.5Z"}
                {"labels":{"level":"info","pod":"shop-1"},"line":"tab\\there","timestamp":"2026-11-01T11:59:57Z"}
                """);
        assertThat(query("-o", "jsonl", "--include-common-labels").lines().findFirst().orElseThrow())
                .startsWith("{\"labels\":{\"app\":\"shop\",\"level\":\"info\",\"pod\":\"shop-1\"},\"line\":");
        assertThat(query("-o", "jsonl", "--no-labels")).startsWith("{\"line\":\"paid");
    }

    @Test
    void fewerLabels() throws Exception {
        assertThat(query("--no-labels").lines().findFirst().orElseThrow()).isEqualTo("2026-11-01T11:59:59Z paid <b>\"17\"</b>");
        assertThat(query("--exclude-label=pod").lines()).startsWith("2026-11-01T11:59:59Z {level=\"info\"} paid <b>\"17\"</b>", "2026-11-01T11:59:58Z {}             plain");
        assertThat(query("--include-label=app", "--include-label=pod").lines().findFirst().orElseThrow())
                .isEqualTo("2026-11-01T11:59:59Z {app=\"shop\", pod=\"shop-1\"}  paid <b>\"17\"</b>");
        TestConsole console = run(STREAMS, "query", "{app=\"shop\"}", "--exclude-label=pod", "--exclude-label=level", "--include-label=app");
        assertThat(console.err()).contains("Ignoring labels key: pod,level\n").contains("Print only labels key: app\n").doesNotContain("Common");
    }

    @Test
    void widthZoneAndFormatOfTimes() throws Exception {
        assertThat(query("--labels-length=20", "--timezone=Europe/Berlin", "--output-timestamp-format=stampmilli").lines().skip(1).findFirst().orElseThrow())
                .isEqualTo("Nov  1 12:59:58.500 {pod=\"shop-22\"}      plain");
    }

    @Test
    void colours() throws Exception {
        String line = query("--colored-output").lines().findFirst().orElseThrow();
        assertThat(line).startsWith("\u001b[34m2026-11-01T11:59:59Z\u001b[0m \u001b[").contains("m{level=\"info\", pod=\"shop-1\"}\u001b[0m paid");
        assertThat(line.replaceAll("\u001b\\[\\d+m", "")).isEqualTo(query().lines().findFirst().orElseThrow());
    }

    @Test
    void statistics() throws Exception {
        assertThat(run(STREAMS, "query", "{app=\"shop\"}", "-q", "--stats").err()).isEqualTo("""
                Ingester.TotalReached                                   1
                Ingester.Store.ChunksDownloadTime                       2ms
                Summary.BytesProcessedPerSecond                         1.5 MB
                Summary.ExecTime                                        250ms
                Summary.TotalLinesProcessed                             3
                """);
    }

    @Test
    void metricsAsJson() throws Exception {
        String matrix = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"app\":\"shop\"},\"values\":[[1793534390,\"12\"],[1793534391.5,\"+Inf\"]]}],\"stats\":{}},"
                + "\"warnings\":[\"partial\"]}";
        TestConsole console = run(matrix, "query", "rate({app=\"shop\"}[5m])", "-q");
        assertThat(console.out()).isEqualTo("""
                [
                  {
                    "metric": {
                      "app": "shop"
                    },
                    "values": [
                      [
                        1793534390,
                        "12"
                      ],
                      [
                        1793534391.5,
                        "+Inf"
                      ]
                    ]
                  }
                ]
                """);
        assertThat(console.err()).isEqualTo("Warning: partial\n");
        String vector = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[],\"stats\":{}}}";
        assertThat(run(vector, "instant-query", "vector(1)", "-q").out()).isEqualTo("[]\n");
    }

    @Test
    void listsOfLabels() throws Exception {
        assertThat(run("{\"status\":\"success\",\"data\":[\"app\",\"env\"]}", "labels").out()).isEqualTo("app\nenv\n");
        assertThat(run("{\"status\":\"success\"}", "labels", "app").out()).isEmpty();
        String series = "{\"status\":\"success\",\"data\":[{\"b\":\"2\",\"a\":\"1\"},{\"a\":\"1\",\"b\":\"1\"},{\"a\":\"1\"}]}";
        assertThat(run(series, "series", "{a=\"1\"}").out()).isEqualTo("{a=\"1\"}\n{a=\"1\", b=\"1\"}\n{a=\"1\", b=\"2\"}\n");
        assertThat(run(series, "series", "--analyze-labels").out()).isEqualTo("""
                Total Streams:  3
                Unique Labels:  2

                Label Name  Unique Values  Found In Streams
                b           2              2
                a           1              3
                """);
    }

    @Test
    void stats() throws Exception {
        assertThat(run("{\"streams\":2,\"chunks\":9,\"bytes\":1048576,\"entries\":4711}", "stats", "{a=\"b\"}").out()).isEqualTo("""
                {
                  bytes: 1.0MB
                  chunks: 9
                  streams: 2
                  entries: 4711
                }
                """);
    }

    @Test
    void fields() throws Exception {
        String fields = "{\"fields\":[{\"label\":\"status\",\"type\":\"int\",\"cardinality\":3,\"parsers\":[\"json\"]},{\"label\":\"level\",\"type\":\"string\",\"cardinality\":2,\"parsers\":null}],\"limit\":1000}";
        assertThat(run(fields, "detected-fields", "{a=\"b\"}").out())
                .isEqualTo("label: level\t\ttype: string\t\tcardinality: 2\nlabel: status\t\ttype: int\t\tcardinality: 3\n");
        assertThat(run(fields, "detected-fields", "{a=\"b\"}", "-o", "jsonl").out().lines().findFirst().orElseThrow())
                .isEqualTo("{\"label\":\"level\",\"type\":\"string\",\"cardinality\":2,\"parsers\":null}");
        assertThat(run("{}", "detected-fields", "{a=\"b\"}").out()).isEmpty();
        assertThat(run("{\"values\":[\"404\",\"200\"],\"limit\":10}", "detected-fields", "{a=\"b\"}", "status").out()).isEqualTo("200\n404\n");
    }

    @Test
    void deleteRequests() throws Exception {
        String list = "[{\"request_id\":\"5f3a\",\"start_time\":1700000000,\"end_time\":1700003600,\"query\":\"{app=\\\"x\\\"}\",\"status\":\"received\",\"created_at\":1700000100.123,\"user_id\":\"\"}]";
        assertThat(run(list, "delete", "list").out()).isEqualTo("""
                REQUEST  STATUS    CREATED                   FROM                  TO                    QUERY
                5f3a     received  2023-11-14T22:15:00.123Z  2023-11-14T22:13:20Z  2023-11-14T23:13:20Z  {app="x"}
                """);
        assertThat(run("null", "delete", "list", "-o", "jsonl").out()).isEmpty();
    }

    @Test
    void formattedQueries() {
        TestConsole console = new TestConsole();
        assertThat(console.run("fmt", "sum by(a)(rate({x=\"y\"}|=\"z\"[5m]))")).isZero();
        assertThat(console.out()).isEqualTo("sum by (a)(rate({x=\"y\"} |= \"z\"[5m]))\n");
        TestConsole stdin = new TestConsole().in("{x=\"y\"\n");
        assertThat(stdin.run("fmt")).isEqualTo(1);
        assertThat(stdin.err()).startsWith("narfi: parse error at line 1");
    }
}
