package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Service;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** HTTP/2 without TLS, with the JDK's client: it asks for an upgrade with its first request, and goes on in HTTP/2. */
@ExtendWith(LeakCheck.class)
class Http2Test {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    private final AtomicInteger http2Requests = new AtomicInteger();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).connectTimeout(Duration.ofSeconds(5)).build();
    private final HttpServer server = new HttpServer(
            HttpServerConfig.of("127.0.0.1", 0).limits(new HttpServerConfig.Limits(10, 50, 20_000, 10_000, 8)),
            new Router(
                    "",
                    List.of(
                            Route.get("/hello", (request, response) -> {
                                if (((Exchange) request).http2) {
                                    http2Requests.incrementAndGet();
                                }
                                response.header("X-Some", "Thing").sendText(200, "hello");
                            }),
                            Route.of(Set.of("HEAD"), "/hello", (_, response) -> response.sendText(200, "hello")),
                            Route.get("/query", (request, response) -> response.sendText(200, request.params().getOrEmpty("q"))),
                            Route.post("/echo", (request, response) -> {
                                try (OutputStream out = response.stream()) {
                                    request.body().transferTo(out);
                                }
                            }).maxBodyBytes(64 << 20),
                            Route.post("/small", (request, response) -> response.sendText(200, "" + request.body().readAllBytes().length))
                                    .maxBodyBytes(1000),
                            Route.get("/cut", (_, response) -> {
                                OutputStream out = response.stream();
                                out.write(new byte[100_000]);
                                throw new IllegalStateException("too late");
                            }),
                            Route.get("/block", (request, response) -> {
                                blocked.countDown();
                                try {
                                    release.await();
                                    response.sendText(200, "released");
                                } catch (InterruptedException e) {
                                    interrupted.complete(request.cancelled());
                                    throw e;
                                }
                            }))),
            registry);

    @BeforeEach
    void start() throws Exception {
        server.start();
        // The upgrade happens on a request without a body; what follows is HTTP/2.
        assertThat(get("/hello").version()).isEqualTo(HttpClient.Version.HTTP_2);
    }

    @AfterEach
    void stop() throws Exception {
        release.countDown();
        client.shutdownNow();
        server.stop();
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void servesHttp2() throws Exception {
        HttpResponse<String> response = get("/hello");
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(response.body()).isEqualTo("hello");
        assertThat(response.headers().firstValue("x-some")).contains("Thing");
        assertThat(http2Requests).hasValueGreaterThanOrEqualTo(2);
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(client.send(request("/hello").HEAD().build(), HttpResponse.BodyHandlers.ofString()).body()).isEmpty();
    }

    @Test
    void echoesALargeBody() throws Exception {
        byte[] body = new byte[(8 << 20) + 5];
        new Random(11).nextBytes(body);
        HttpResponse<byte[]> response = client.send(
                request("/echo").POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(Arrays.equals(response.body(), body)).isTrue();
    }

    @Test
    void manyStreamsAtOnce() throws Exception {
        byte[] body = new byte[100_000];
        List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 8; i++) {
                all.add(client.sendAsync(
                        request("/echo").POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), HttpResponse.BodyHandlers.ofByteArray()));
            }
            for (CompletableFuture<HttpResponse<byte[]>> f : all) {
                assertThat(f.get(20, TimeUnit.SECONDS).body()).hasSize(body.length);
            }
            all.clear();
        }
    }

    @Test
    void moreStreamsThanAllowedAreRefused() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(client.sendAsync(request("/block").build(), HttpResponse.BodyHandlers.ofString()));
        }
        Eventually.holds("eight run", () -> registry.get("loki.inflight.requests").gauge().value() == 8);
        assertThatThrownBy(() -> get("/hello")).isInstanceOf(IOException.class).hasMessageContaining("too many concurrent streams");
        release.countDown();
        for (CompletableFuture<HttpResponse<String>> f : all) {
            assertThat(f.get(20, TimeUnit.SECONDS).body()).isEqualTo("released");
        }
    }

    @Test
    void aBodyAboveTheLimitIsRefused() throws Exception {
        HttpResponse<String> response = client.send(
                request("/small").POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1001])).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).isEqualTo("http: request body too large\n");
        assertThat(get("/hello").statusCode()).isEqualTo(200);
    }

    @Test
    void aLongQueryPassesAndATooLongOneIsRefused() throws Exception {
        String fits = "x".repeat(15_000);
        assertThat(get("/query?q=" + fits).body()).isEqualTo(fits);
        assertThat(get("/query?q=" + "x".repeat(31_000)).statusCode()).isEqualTo(431);
    }

    @Test
    void aResponseThatFailsHalfwayIsReset() throws Exception {
        assertThatThrownBy(() -> get("/cut")).isInstanceOf(IOException.class);
        assertThat(get("/hello").statusCode()).isEqualTo(200);
    }

    @Test
    void aCancelledStreamInterruptsItsHandlerAndLeavesTheConnection() throws Exception {
        CompletableFuture<HttpResponse<InputStream>> call = client.sendAsync(request("/block").build(), HttpResponse.BodyHandlers.ofInputStream());
        blocked.await();
        call.cancel(true);
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(get("/hello").statusCode()).isEqualTo(200);
    }

    @Test
    void drainWaitsForStreams() throws Exception {
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(request("/block").build(), HttpResponse.BodyHandlers.ofString());
        blocked.await();
        CompletableFuture<Boolean> drained = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                drained.complete(server.drain(Duration.ofSeconds(10)));
            } catch (InterruptedException e) {
                drained.completeExceptionally(e);
            }
        });
        Eventually.holds("stopping", () -> server.state() == Service.State.Stopping);
        release.countDown();
        assertThat(call.get(10, TimeUnit.SECONDS).body()).isEqualTo("released");
        assertThat(drained.get(10, TimeUnit.SECONDS)).isTrue();
    }
}
