package io.narfi.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Durations;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Five hundred clients at once that take their time, and one in a hurry between them. */
@Tag("integration")
@Timeout(180)
class SlowClientsTest {
    private static final int CLIENTS = 500;
    private static final int PIECES = 30;
    /** Between two pieces of a body: slow clients are what is tested. */
    private static final long PAUSE = 100 * Durations.MILLISECOND;
    /** Behind five hundred others of its tenant, on a machine that the clients run on as well. */
    private static final long MOST_WAITED = 15 * Durations.SECOND;

    @TempDir
    private Path dir;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void slowPushesAllArriveAndHoldNobodyUp() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir)) {
            long now = nanos();
            List<Callable<Integer>> slow = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                byte[] body = push("slow", now + i, "line " + i + " " + "x".repeat(20_000));
                slow.add(() -> pushSlowly(URI.create(server.url()), body));
            }
            List<Integer> statuses = withOneInAHurry(server, slow, "pushing");
            assertThat(statuses).hasSize(CLIENTS).containsOnly(204);
            assertThat(ask(server, "/loki/api/v1/query?query=" + encode("sum(count_over_time({app=\"slow\"}[10m]))") + "&time=" + (now + Durations.MINUTE)))
                    .contains("\"" + CLIENTS + "\"]");
        }
    }

    @Test
    void slowReadersHoldNobodyUp() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(dir)) {
            long now = nanos();
            StringBuilder values = new StringBuilder();
            for (int i = 0; i < 1000; i++) {
                values.append(i == 0 ? "" : ",").append("[\"").append(now + i).append("\",\"line ").append(i).append(" ").append("y".repeat(500)).append("\"]");
            }
            assertThat(push(server, ("{\"streams\":[{\"stream\":{\"app\":\"much\"},\"values\":[" + values + "]}]}").getBytes(UTF_8))).isEqualTo(204);
            String path = "/loki/api/v1/query_range?limit=5000&query=" + encode("{app=\"much\"}");
            List<Callable<Integer>> slow = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                slow.add(() -> readSlowly(URI.create(server.url()), path));
            }
            List<Integer> statuses = withOneInAHurry(server, slow, "reading");
            assertThat(statuses).hasSize(CLIENTS).contains(200).allMatch(s -> s == 200 || s == 429);
        }
    }

    /** Runs the slow ones, while another client pushes and asks; returns what the slow ones were answered. */
    private List<Integer> withOneInAHurry(EmbeddedServer server, List<Callable<Integer>> slow, String what) throws Exception {
        long start = System.nanoTime();
        List<Integer> statuses = new ArrayList<>();
        long slowest = 0;
        int done = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> running = new ArrayList<>();
            slow.forEach(s -> running.add(threads.submit(s)));
            while (!running.stream().allMatch(Future::isDone)) {
                long before = System.nanoTime();
                assertThat(push(server, push("quick", nanos(), "quick " + done))).isEqualTo(204);
                assertThat(ask(server, "/loki/api/v1/query_range?query=" + encode("{app=\"quick\"}"))).contains("quick " + done);
                slowest = Math.max(slowest, System.nanoTime() - before);
                done++;
            }
            for (Future<Integer> f : running) {
                statuses.add(f.get());
            }
        }
        Runtime runtime = Runtime.getRuntime();
        System.out.printf(Locale.ROOT, "%d clients %s slowly: %.1f s; meanwhile %d pushes with their queries, the slowest in %d ms; heap %d MiB%n",
                slow.size(), what, (System.nanoTime() - start) / 1e9, done, slowest / 1_000_000, (runtime.totalMemory() - runtime.freeMemory()) >> 20);
        assertThat(done).isPositive();
        assertThat(slowest).isLessThan(MOST_WAITED);
        return statuses;
    }

    private static int pushSlowly(URI server, byte[] body) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /loki/api/v1/push HTTP/1.1\r\nHost: narfi\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                            + body.length + "\r\n\r\n").getBytes(US_ASCII));
            int piece = (body.length + PIECES - 1) / PIECES;
            for (int from = 0; from < body.length; from += piece) {
                out.write(body, from, Math.min(piece, body.length - from));
                out.flush();
                LockSupport.parkNanos(PAUSE);
            }
            return status(socket.getInputStream());
        }
    }

    private static int readSlowly(URI server, String path) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(8 << 10);
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: narfi\r\nConnection: close\r\n\r\n").getBytes(US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[64 << 10];
            int n = in.readNBytes(buffer, 0, 12);
            int status = n < 12 ? 0 : Integer.parseInt(new String(buffer, 9, 3, US_ASCII));
            for (int i = 0; i < PIECES && in.read(buffer) >= 0; i++) {
                LockSupport.parkNanos(PAUSE);
            }
            return status;
        }
    }

    private static int status(InputStream in) throws IOException {
        String line = new BufferedReader(new InputStreamReader(in, US_ASCII)).readLine();
        return line == null ? 0 : Integer.parseInt(line.split(" ")[1]);
    }

    private static byte[] push(String app, long time, String line) {
        return ("{\"streams\":[{\"stream\":{\"app\":\"" + app + "\"},\"values\":[[\"" + time + "\",\"" + line + "\"]]}]}").getBytes(UTF_8);
    }

    private int push(EmbeddedServer server, byte[] body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/loki/api/v1/push"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        return client.send(request, BodyHandlers.discarding()).statusCode();
    }

    private String ask(EmbeddedServer server, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + path)).timeout(Duration.ofSeconds(30)).build();
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    private static long nanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * Durations.SECOND + now.getNano();
    }
}
