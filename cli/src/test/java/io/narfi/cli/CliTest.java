package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.ApiException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands send, from flags and the environment, and how they end. */
class CliTest {
    private static final String EMPTY = "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":{}}}";

    @Test
    void aRangeQuery() throws Exception {
        try (FakeServer server = FakeServer.answering(EMPTY)) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("query", "{a=\"b\"}")).as(console.err()).isZero();
            assertThat(console.run("query", "{a=\"b\"}", "--from=2026-11-01T10:00:00Z", "--to=now-30m", "--forward", "--limit=7", "--step=15s")).isZero();
            assertThat(console.run("query", "{a=\"b\"}", "--since", "2d", "--interval=500ms", "--limit=0", "--batch=50")).isZero();
            assertThat(server.asked).extracting(FakeServer.Asked::target).containsExactly(
                    "/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&start=1793530800000000000&end=1793534400000000000&limit=30&direction=backward",
                    "/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&start=1793527200000000000&end=1793532600000000000&limit=7&direction=forward&step=15",
                    "/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D&start=1793361600000000000&end=1793534400000000000&limit=50&direction=backward&interval=0.5");
        }
    }

    @Test
    void theOtherCommands() throws Exception {
        try (FakeServer server = FakeServer.answering(EMPTY)) {
            TestConsole console = TestConsole.of(server);
            String range = "start=1793530800000000000&end=1793534400000000000";
            assertThat(console.run("instant-query", "vector(1)", "--now=1793530800")).isZero();
            assertThat(console.run("labels", "--query={a=\"b\"}")).isZero();
            assertThat(console.run("labels", "a b/c")).isZero();
            assertThat(console.run("series", "{a=\"b\"}")).isZero();
            assertThat(console.run("stats", "{a=\"b\"}")).isZero();
            assertThat(console.run("volume", "{}", "--targetLabels=a,b", "--aggregateByLabels", "--limit=5")).isZero();
            assertThat(console.run("volume_range", "{}", "--step=1m")).isZero();
            assertThat(console.run("detected-fields", "{}", "f", "--line-limit=10")).isZero();
            assertThat(console.run("delete", "create", "{a=\"b\"} |= \"c\"", "--max-interval=24h")).isZero();
            assertThat(console.run("delete", "list")).isZero();
            assertThat(console.run("delete", "cancel", "id1", "--force")).isZero();
            assertThat(server.asked).extracting(a -> a.method() + " " + a.target()).containsExactly(
                    "GET /loki/api/v1/query?query=vector%281%29&limit=30&time=1793530800000000000&direction=backward",
                    "GET /loki/api/v1/labels?" + range + "&query=%7Ba%3D%22b%22%7D",
                    "GET /loki/api/v1/label/a%20b%2Fc/values?" + range,
                    "GET /loki/api/v1/series?match%5B%5D=%7Ba%3D%22b%22%7D&" + range,
                    "GET /loki/api/v1/index/stats?query=%7Ba%3D%22b%22%7D&" + range,
                    "GET /loki/api/v1/index/volume?query=%7B%7D&" + range + "&limit=5&targetLabels=a%2Cb&aggregateBy=labels",
                    "GET /loki/api/v1/index/volume_range?query=%7B%7D&" + range + "&limit=30&step=60",
                    "GET /loki/api/v1/detected_field/f/values?query=%7B%7D&" + range + "&limit=100&line_limit=10",
                    "POST /loki/api/v1/delete?query=%7Ba%3D%22b%22%7D+%7C%3D+%22c%22&start=1793530800&end=1793534400&max_interval=24h",
                    "GET /loki/api/v1/delete",
                    "DELETE /loki/api/v1/delete?request_id=id1&force=true");
        }
    }

    @Test
    void instantQueriesPrintLinesAsQueriesDo() throws Exception {
        String lines = "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{\"a\":\"b\",\"c\":\"d\"},\"values\":[[\"1793530800000000000\",\"x\"]]}]}}";
        try (FakeServer server = FakeServer.answering(lines)) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("instant-query", "{a=\"b\"}", "-q", "--no-labels")).as(console.err()).isZero();
            assertThat(console.run("instant-query", "{a=\"b\"}", "-q", "--include-label=c")).as(console.err()).isZero();
            assertThat(console.out()).isEqualTo("2026-11-01T11:00:00Z x\n2026-11-01T11:00:00Z {c=\"d\"} x\n");
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsOneLine(@TempDir Path dir) throws Exception {
        try (FakeServer server = FakeServer.answering(EMPTY)) {
            TestConsole console = TestConsole.of(server);
            Path file = dir.resolve("none/file");
            assertThat(console.run("export", "{a=\"b\"}", "--output-file=" + file)).isEqualTo(1);
            assertThat(console.err()).isEqualTo("narfi: NoSuchFileException: " + file + "\n");
        }
    }

    @Test
    void aLongQueryIsPosted() throws Exception {
        String[] form = new String[1];
        try (FakeServer server = new FakeServer((request, response) -> {
            form[0] = request.params().get("query");
            response.send(200, "application/json", EMPTY.getBytes(StandardCharsets.UTF_8));
        })) {
            String query = "{a=\"" + "x".repeat(5000) + "\"}";
            assertThat(TestConsole.of(server).run("query", query)).isZero();
            assertThat(server.asked.getFirst().method()).isEqualTo("POST");
            assertThat(form[0]).isEqualTo(query);
        }
    }

    @Test
    void theEnvironmentFillsInWhatFlagsLeaveOut(@TempDir Path dir) throws Exception {
        Path token = Files.writeString(dir.resolve("token"), "t0ken\n");
        try (FakeServer server = FakeServer.answering(EMPTY)) {
            TestConsole console = TestConsole.of(server).env("LOKI_USERNAME", "u").env("LOKI_PASSWORD", "p").env("LOKI_ORG_ID", "one")
                    .env("LOKI_QUERY_TAGS", "Source=x").env("LOKI_NO_CACHE", "1");
            assertThat(console.run("labels")).as(console.err()).isZero();
            assertThat(console.run("labels", "--org-id=two", "--username=v", "--query-tags=a=b", "--nocache=false", "--header=X-Custom: 1")).isZero();
            assertThat(console.run("--org-id", "three", "-q", "labels")).isZero();
            console.environment.keySet().removeIf(k -> !k.equals("LOKI_ADDR"));
            console.env("LOKI_BEARER_TOKEN_FILE", token.toString()).env("LOKI_AUTH_HEADER", "X-Auth").env("LOKI_ORG_ID", "").env("LOKI_HTTP_COMPRESSION", "true");
            assertThat(console.run("labels")).as(console.err()).isZero();
            assertThat(server.asked).extracting(FakeServer.Asked::headers).containsExactly(
                    java.util.List.of("Authorization: Basic dTpw", "X-Scope-OrgID: one", "X-Query-Tags: Source=x", "Cache-Control: no-cache"),
                    java.util.List.of("Authorization: Basic djpw", "X-Scope-OrgID: two", "X-Query-Tags: a=b", "X-Custom: 1"),
                    java.util.List.of("Authorization: Basic dTpw", "X-Scope-OrgID: three", "X-Query-Tags: Source=x", "Cache-Control: no-cache"),
                    java.util.List.of("X-Auth: Bearer t0ken", "Accept-Encoding: gzip"));
        }
    }

    @Test
    void theAddressOfTheFlagWinsAndMayHaveAPath() throws Exception {
        try (FakeServer server = FakeServer.answering(EMPTY)) {
            TestConsole console = new TestConsole().env("LOKI_ADDR", "http://127.0.0.1:1");
            assertThat(console.run("labels", "--addr=" + server.url() + "/logs/")).as(console.err()).isZero();
            assertThat(server.asked.getFirst().target()).startsWith("/logs/loki/api/v1/labels?");
        }
    }

    @Test
    void compressedAnswersAreRead() throws Exception {
        try (FakeServer server = new FakeServer((request, response) -> {
            java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
            try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
                zip.write("{\"data\":[\"zipped\"]}".getBytes(StandardCharsets.UTF_8));
            }
            response.header("Content-Encoding", "gzip").send(200, "application/json", bytes.toByteArray());
        })) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("labels", "--compress")).isZero();
            assertThat(console.out()).isEqualTo("zipped\n");
        }
    }

    @Test
    void failuresSayWhatTheServerSaid() throws Exception {
        try (FakeServer server = new FakeServer((request, response) -> response.sendText(400, "parse error : no such thing"))) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("query", "{", "-q", "--retries=3")).isEqualTo(1);
            assertThat(console.err()).isEqualTo("narfi: the server answered 400: parse error : no such thing\n");
            assertThat(server.asked).hasSize(1);
        }
    }

    @Test
    void aServerThatIsNotThere() {
        TestConsole console = new TestConsole();
        assertThat(console.run("labels", "-q", "--addr=http://127.0.0.1:1")).isEqualTo(1);
        assertThat(console.err()).startsWith("narfi: cannot connect to http://127.0.0.1:1");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void someFailuresAreTriedAgain(int status) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (FakeServer server = new FakeServer((request, response) -> {
            if (calls.incrementAndGet() < 3) {
                throw new ApiException(status, "busy");
            }
            response.send(200, "application/json", "{\"data\":[\"late\"]}".getBytes(StandardCharsets.UTF_8));
        })) {
            TestConsole console = TestConsole.of(server).env("LOKI_CLIENT_RETRIES", "2").env("LOKI_CLIENT_MIN_BACKOFF", "1ms");
            assertThat(console.run("labels")).isZero();
            assertThat(console.out()).isEqualTo("late\n");
            calls.set(0);
            TestConsole once = TestConsole.of(server).env("LOKI_CLIENT_RETRIES", "2").env("LOKI_CLIENT_MIN_BACKOFF", "1ms");
            assertThat(once.run("labels", "--retries=1", "-q")).isEqualTo(1);
            assertThat(once.err()).isEqualTo("narfi: the server answered " + status + ": busy\n");
        }
    }

    @Test
    void aCutAnswerIsAFailure() throws Exception {
        try (FakeServer server = new FakeServer((request, response) -> {
            response.header("Content-Type", "application/json");
            var body = response.stream();
            body.write("{\"data\":[\"a\"".getBytes(StandardCharsets.UTF_8));
            body.flush();
            throw new IllegalStateException("it fails in the middle");
        })) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("labels", "-q")).isEqualTo(1);
            assertThat(console.out()).isEmpty();
            assertThat(console.err()).contains("cannot be read");
        }
    }

    @Test
    void wrongArguments() {
        assertUsage("a command is missing");
        assertUsage("Unmatched argument at index 0: 'quer'", "quer");
        assertUsage("Missing required parameter: 'QUERY'", "query");
        assertUsage("--from: not a time: \"x\"", "query", "{}", "--from=x");
        assertUsage("--from is after --to", "query", "{}", "--from=now", "--to=now-1h");
        assertUsage("not a duration: \"x\"", "query", "{}", "--since=x");
        assertUsage("--batch must be at least 1", "query", "{}", "--batch=0");
        assertUsage("Unknown option: '--nonsense'", "labels", "--nonsense");
        assertUsage("Invalid value for option '--output'", "labels", "-o", "xml");
        assertUsage("--label=app=NAME", "push");
        assertUsage("create, list or cancel is missing", "delete");
    }

    private static void assertUsage(String text, String... args) {
        TestConsole console = new TestConsole();
        assertThat(console.run(args)).as(console.err()).isEqualTo(2);
        assertThat(console.err()).startsWith("narfi: ").contains(text).contains("Try: narfi");
        assertThat(console.out()).isEmpty();
    }

    @Test
    void wrongSettings(@TempDir Path dir) {
        assertFails("--addr: not an http address: ftp://x", "labels", "--addr=ftp://x");
        assertFails("only one of", "labels", "--username=a", "--bearer-token=b");
        assertFails("--cert and --key belong together", "labels", "--cert=x");
        assertFails("cannot read --bearer-token-file", "labels", "--bearer-token-file=" + dir.resolve("none"));
        assertFails("--header: expected", "labels", "--header=x");
        assertFails("no such time zone: Mars", "query", "{}", "--timezone=Mars");
        TestConsole console = new TestConsole().env("LOKI_TLS_SKIP_VERIFY", "maybe");
        assertThat(console.run("labels")).isNotZero();
        assertThat(console.err()).contains("LOKI_TLS_SKIP_VERIFY is neither true nor false: maybe");
    }

    private static void assertFails(String text, String... args) {
        TestConsole console = new TestConsole();
        assertThat(console.run(args)).as(console.err()).isEqualTo(1);
        assertThat(console.err()).startsWith("narfi: ").contains(text);
    }

    @Test
    void help() {
        TestConsole console = new TestConsole();
        assertThat(console.run("--help")).isZero();
        assertThat(console.out()).contains("instant-query", "detected-fields", "LOKI_BEARER_TOKEN_FILE", "-config.file");
        for (String command : new String[] {"query", "instant-query", "tail", "push", "export", "labels", "series", "stats", "volume", "volume_range", "detected-fields", "delete", "fmt"}) {
            TestConsole one = new TestConsole();
            assertThat(one.run(command, "--help")).isZero();
            assertThat(one.out()).startsWith("Usage: narfi " + command).contains("narfi --help").doesNotContain("LOKI_");
            assertThat(console.out()).contains("\n  " + command);
        }
    }
}
