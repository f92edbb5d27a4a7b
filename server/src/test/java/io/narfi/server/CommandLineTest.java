package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.cli.Cli;
import io.narfi.cli.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client's commands against the server, both in this process. */
@Timeout(120)
class CommandLineTest {
    @TempDir
    private Path dir;

    private record Ran(int code, String out, String err) {}

    private static Ran run(EmbeddedServer server, String in, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of("LOKI_ADDR", server.url())::get,
                InstantSource.system(),
                ZoneOffset.UTC);
        int code = Cli.run(console, args);
        return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static String ok(EmbeddedServer server, String in, String... args) {
        Ran ran = run(server, in, args);
        assertThat(ran.code()).as(ran.err()).isZero();
        return ran.out();
    }

    @Test
    void pushQueryAndExport() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir.resolve("data"))) {
            // Three lines of each second: batches end in the middle of a time.
            List<String> lines = IntStream.range(0, 3_000).mapToObj(i -> (1_793_534_400 + i / 3) + " line " + i).toList();
            String input = String.join("\n", lines) + "\n";
            String[] range = {"--from=1793534400", "--to=1793538000"};
            assertThat(run(server, input, "push", "-l", "app=shop", "-m", "trace=t", "--timestamp=unix", "--batch-size=20000").err())
                    .startsWith("pushed 3000 lines");
            assertThat(ok(server, "", "push", "-l", "app=other", "--format=json", "--gzip", "-q")).isEmpty();

            String query = "{app=\"shop\"}";
            assertThat(ok(server, "", "query", query, range[0], range[1], "--limit=0", "--batch=100", "--forward", "-o", "raw", "-q").lines())
                    .containsExactlyInAnyOrderElementsOf(lines);
            assertThat(ok(server, "", "query", query, range[0], range[1], "--limit=7", "--batch=2", "-o", "raw", "-q").lines())
                    .hasSize(7).allMatch(lines.subList(2991, 3000)::contains).doesNotHaveDuplicates();
            assertThat(ok(server, "", "query", query, range[0], range[1], "--limit=1", "--include-common-labels", "--forward"))
                    .startsWith("2026-11-01T12:00:00Z {app=\"shop\", ").contains("trace=\"t\"").contains(" line ");
            assertThat(ok(server, "", "labels", range[0], range[1])).isEqualTo("app\nservice_name\n");
            assertThat(ok(server, "", "labels", "app", range[0], range[1])).isEqualTo("shop\n");
            assertThat(ok(server, "", "series", query, range[0], range[1])).isEqualTo("{app=\"shop\", service_name=\"shop\"}\n");
            assertThat(ok(server, "", "stats", query, range[0], range[1])).contains("  streams: 1\n  entries: 3000\n");
            assertThat(ok(server, "", "instant-query", "count_over_time(" + query + "[61m])", "--now=1793538000")).contains("\"3000\"");

            Ran export = run(server, "", "export", query, range[0], range[1], "-o", "raw");
            assertThat(export.code()).as(export.err()).isZero();
            assertThat(export.out().lines()).containsExactlyInAnyOrderElementsOf(lines);
            assertThat(export.err()).contains("exported 3000 lines");

            Path file = dir.resolve("shop.jsonl");
            var _ = ok(server, "", "export", query, range[0], range[1], "--output-file=" + file, "--categorize-labels", "-q");
            assertThat(Files.readAllLines(file)).hasSize(3_000).first().asString()
                    .startsWith("{\"labels\":{\"app\":\"shop\",\"service_name\":\"shop\"},\"structuredMetadata\":{").endsWith("\"timestamp\":\"2026-11-01T12:00:00Z\"}");
            assertThat(run(server, "", "export", query, range[0], range[1], "--output-file=" + file, "--categorize-labels").err()).contains("is complete; remove it");

            // What was exported can be pushed again.
            assertThat(run(server, Files.readString(file), "push", "--input=jsonl", "-l", "copy=yes").err()).startsWith("pushed 3000 lines");
            assertThat(ok(server, "", "export", "{copy=\"yes\"} | trace=\"t\"", range[0], range[1], "-o", "raw").lines())
                    .containsExactlyInAnyOrderElementsOf(lines);
            assertThat(run(server, "", "export", "rate({a=\"b\"}[1m])").err()).contains("only log queries can be exported");
        }
    }

    @Test
    void anInterruptedExportGoesOn() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir.resolve("data"))) {
            List<String> lines = IntStream.range(0, 20_000).mapToObj(i -> (1_793_534_400 + i / 7) + " line " + i).toList();
            var _ = ok(server, String.join("\n", lines), "push", "-l", "app=shop", "--timestamp=unix", "-q");
            String[] args = {"export", "{app=\"shop\"}", "--from=1793534400", "--to=1793538000", "-o", "raw", "-q", "--output-file=" + dir.resolve("out")};
            // As a process that died leaves them: a position in the middle, and more in the file than it tells.
            Path file = dir.resolve("out");
            Path beside = dir.resolve("out.position");
            String first = String.join("\n", lines.subList(0, 7_000)) + "\n";
            Files.writeString(file, first + "1793535400 half a li");
            Files.writeString(beside, ("{\"bytes\":%d,\"complete\":false,\"end\":1793538000000000000,\"export\":\"{app=\\\"shop\\\"} RAW false\","
                            + "\"position\":\"1793535400000000000_0000000000000000\",\"start\":1793534400000000000}\n")
                    .formatted(first.length()));
            var _ = ok(server, "", args);
            assertThat(Files.readAllLines(file)).hasSize(20_000).containsExactlyInAnyOrderElementsOf(lines);
            assertThat(Files.readString(beside)).contains("\"complete\":true");
        }
    }
}
