package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.narfi.server.cluster.Cluster;
import io.narfi.server.cluster.LokiClient;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.resources.Resource;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loggers that others wrote push through a gateway into separate processes; what they logged is asked for. */
@Tag("integration")
@Timeout(300)
class RealClientsTest {
    private static final int RECORDS = 2000;
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN = "b7ad6b7169203331";

    @TempDir
    Path dir;

    private Cluster cluster() throws IOException, InterruptedException {
        String storage = "    filesystem:\n      chunks_directory: " + dir.resolve("store") + "\n";
        return new Cluster(dir, 1, 1, 1, storage, "");
    }

    /** The OpenTelemetry SDK's OTLP exporter over HTTP, plain and gzipped. */
    @Test
    void openTelemetry() throws Exception {
        try (Cluster cluster = cluster()) {
            LokiClient client = new LokiClient(cluster.client(), cluster.gateway().url(), Duration.ofSeconds(30));
            for (String compression : List.of("none", "gzip")) {
                String service = "checkout-" + compression;
                assertThat(export(cluster, service, compression)).as("all records of %s were taken", service).isTrue();
                String selector = "{service_name=\"" + service + "\"}";
                assertThat(count(client, selector)).isEqualTo(RECORDS);
                assertThat(count(client, "{service_namespace=\"shop\", service_name=\"" + service + "\"}")).isEqualTo(RECORDS);
                assertThat(count(client, selector + " | detected_level=\"error\"")).isEqualTo(RECORDS / 4);
                assertThat(count(client, selector + " | severity_number=\"17\" | severity_text=\"ERROR\"")).isEqualTo(RECORDS / 4);
                assertThat(count(client, selector + " | http_status_code=\"503\" | host_name=\"box\" | scope_name=\"cart\"")).isEqualTo(RECORDS / 4);
                assertThat(count(client, selector + " | trace_id=\"" + TRACE + "\" | span_id=\"" + SPAN + "\" | flags=\"1\"")).isEqualTo(RECORDS / 2);
                assertThat(count(client, selector + " | json | order_id=\"7\"")).as("a body that is a map").isEqualTo(1);
                assertThat(count(client, selector + " |= \"order 1999 \"")).isEqualTo(1);
                JsonNode labels = client.get("/loki/api/v1/series", Map.of("match[]", selector)).path("data").path(0);
                assertThat(labels.toString()).isEqualTo("{\"service_name\":\"" + service + "\",\"service_namespace\":\"shop\"}");
            }
        }
    }

    private static boolean export(Cluster cluster, String service, String compression) {
        Resource resource = Resource.create(Attributes.of(
                AttributeKey.stringKey("service.name"), service, AttributeKey.stringKey("service.namespace"), "shop", AttributeKey.stringKey("host.name"), "box"));
        OtlpHttpLogRecordExporter exporter = OtlpHttpLogRecordExporter.builder()
                .setEndpoint(cluster.gateway().url() + "/otlp/v1/logs")
                .setCompression(compression)
                .build();
        try (SdkLoggerProvider provider = SdkLoggerProvider.builder()
                .setResource(resource)
                .addLogRecordProcessor(BatchLogRecordProcessor.builder(exporter).setMaxQueueSize(2 * RECORDS).setMaxExportBatchSize(300).build())
                .build()) {
            Logger logger = provider.loggerBuilder("cart").setInstrumentationVersion("1.2").build();
            Context traced = Context.root().with(Span.wrap(SpanContext.create(TRACE, SPAN, TraceFlags.getSampled(), TraceState.getDefault())));
            long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            for (int i = 0; i < RECORDS; i++) {
                boolean error = i % 4 == 1;
                var builder = logger.logRecordBuilder()
                        .setTimestamp(now + i, TimeUnit.NANOSECONDS)
                        .setContext(i % 2 == 0 ? traced : Context.root())
                        .setSeverity(error ? Severity.ERROR : Severity.INFO)
                        .setSeverityText(error ? "ERROR" : "INFO")
                        .setAttribute(AttributeKey.longKey("http.status_code"), error ? 503L : 200L)
                        .setAttribute(AttributeKey.stringArrayKey("tags"), List.of("a", "b"));
                if (i == 7) {
                    builder.setBody(Value.of(Map.of("order_id", Value.of(7), "kind", Value.of("map"))));
                } else {
                    builder.setBody("order " + i + " was placed");
                }
                builder.emit();
            }
            return provider.forceFlush().join(60, TimeUnit.SECONDS).isSuccess();
        }
    }

    private static final String PINO = """
            const pino = require('pino');
            const count = Number(process.argv[3]);
            const transport = pino.transport({
              target: 'pino-loki',
              options: { host: process.argv[2], labels: { app: 'pino' }, batching: { interval: 1 }, silenceErrors: false }
            });
            const logger = pino({ level: 'debug' }, transport);
            for (let i = 0; i < count; i++) {
              logger[i % 10 === 0 ? 'error' : 'info']({ request: i }, 'handled request ' + i);
            }
            logger.flush();
            transport.on('close', () => process.exit(0));
            setTimeout(() => transport.end(), 3000);
            """;

    /** pino with the pino-loki transport, under Node. */
    @Test
    void pinoLoki() throws Exception {
        assumeTrue(onPath("node") && onPath("npm"), "node and npm are not installed (.ci/run installs them)");
        Path project = Files.createDirectories(dir.resolve("pino"));
        Files.writeString(project.resolve("package.json"), "{\"private\":true,\"dependencies\":{\"pino\":\"9.9.0\",\"pino-loki\":\"2.6.0\"}}");
        Files.writeString(project.resolve("log.js"), PINO);
        int installed = run(project, Duration.ofMinutes(3), "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts");
        assumeTrue(installed == 0, () -> "npm cannot install pino-loki here:\n" + output(project));
        try (Cluster cluster = cluster()) {
            LokiClient client = new LokiClient(cluster.client(), cluster.gateway().url(), Duration.ofSeconds(30));
            int status = run(project, Duration.ofMinutes(1), "node", "log.js", cluster.gateway().url(), "500");
            assertThat(status).as("node ended: %s", output(project)).isZero();
            assertThat(count(client, "{app=\"pino\"}")).isEqualTo(500);
            assertThat(count(client, "{app=\"pino\", level=\"error\"}")).isEqualTo(50);
            assertThat(count(client, "{app=\"pino\"} |= \"handled request 499\"")).isEqualTo(1);
        }
    }

    private static boolean onPath(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    private static int run(Path folder, Duration limit, String... command) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
        if (!p.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            p.destroyForcibly().waitFor();
            return -1;
        }
        return p.exitValue();
    }

    private static String output(Path folder) {
        try {
            return Files.readString(folder.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static long count(LokiClient client, String query) throws IOException, InterruptedException {
        JsonNode body = client.get("/loki/api/v1/query", Map.of("query", "sum(count_over_time(" + query + "[1h]))"));
        return body.at("/data/result/0/value/1").asLong(0);
    }
}
