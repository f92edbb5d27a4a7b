package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every limit of a connection, on raw sockets. */
class HttpServerLimitsTest extends ServedRoutes {
    private static HttpServerConfig.Timeouts timeouts(int readMillis, int writeMillis, int idleMillis) {
        return new HttpServerConfig.Timeouts(
                Duration.ofMillis(readMillis), Duration.ofMillis(writeMillis), Duration.ofMillis(idleMillis), Duration.ofSeconds(5));
    }

    private double rejected(String reason) {
        return registry.get("narfi.http.rejected").tag("reason", reason).counter().count();
    }

    @Test
    void moreThan128PipelinedRequestsCloseTheConnection() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send(GET.formatted("/block") + GET.formatted("/hello").repeat(128));
            assertThat(client.closedByServer()).isTrue();
        }
        Eventually.holds("nothing runs", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
    }

    @Test
    void malformedRequestsAreRefused() throws Exception {
        int port = start(config().limits(new HttpServerConfig.Limits(100, 100, 1000, 2000, 10)));
        expectRefusal(port, "GET /hello HTTP/1.1\r\n\r\n", 400);
        expectRefusal(port, "GET /" + "x".repeat(2000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
        expectRefusal(port, "GET /hello HTTP/1.1\r\nHost: x\r\nBig: " + "x".repeat(3000) + "\r\n\r\n", 431);
        expectRefusal(port, "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400);
        expectRefusal(port, "garbage\r\n\r\n", 400);
        expectRefusal(port, "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400);
        assertThat(rejected("malformed")).isEqualTo(6);
    }

    private static void expectRefusal(int port, String request, int status) throws IOException {
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(request).answer().status()).as(request).isEqualTo(status);
            assertThat(client.closedByServer()).as(request).isTrue();
        }
    }

    @Test
    void aSlowHeadIsCutOff() throws Exception {
        int port = start(config().timeouts(timeouts(200, 5000, 5000)));
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer answer = client.send("GET /hello HTTP/1.1\r\nHos").answer();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            // A connection that never says anything.
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            // The second request of a connection has the same limit.
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            assertThat(client.send("GET /he").answer().status()).isEqualTo(408);
        }
        assertThat(rejected("timeout")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aSlowBodyIsCutOffThoughItDrips() throws Exception {
        int port = start(config().timeouts(timeouts(300, 5000, 5000)));
        try (RawClient client = new RawClient(port)) {
            client.send("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
            CountDownLatch over = new CountDownLatch(1);
            Thread drip = Thread.ofVirtual().start(() -> {
                try {
                    while (!over.await(20, TimeUnit.MILLISECONDS)) {
                        client.send("x");
                    }
                } catch (IOException | InterruptedException e) {
                    // The server closed the connection, as it should.
                }
            });
            assertThat(client.answer().status()).isEqualTo(408);
            over.countDown();
            drip.join();
        }
        assertThat(rejected("timeout")).isEqualTo(1);
    }

    @Test
    void anHttp2ConnectionWithoutRequestsIsClosed() throws Exception {
        int port = start(config().timeouts(timeouts(200, 5000, 5000)));
        try (RawClient client = new RawClient(port)) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0");
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            // A preface that does not go on.
            client.send("PRI * HTT");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        int port = start(config().timeouts(timeouts(5000, 5000, 200)));
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void aSlowReaderIsCutOffAndHoldsLittleMemory() throws Exception {
        int port = start(config().timeouts(timeouts(5000, 300, 5000)));
        try (RawClient client = new RawClient(port, 4096)) {
            client.send(GET.formatted("/endless"));
            Eventually.holds("the handler ended", () -> registry.find("loki.request.duration").tag("route", "endless").timer() != null);
            // Both socket buffers (the kernel's are some MiB on the loopback) and ours.
            assertThat(streamed.get()).isLessThan(32 << 20);
            assertThat(client.in().readNBytes(100)).hasSize(100);
        }
    }

    @Test
    void aHandlerThatDoesNotReadSlowsItsClientDown() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            int size = 48 << 20;
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send("POST /stall HTTP/1.1\r\nHost: x\r\nContent-Length: " + size + "\r\n\r\n");
                    String piece = "x".repeat(1 << 20);
                    for (int i = 0; i < 48; i++) {
                        client.send(piece);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            latch("blocked").await();
            // The sender cannot finish while nobody reads: the server takes 192 KiB and the kernel some MiB.
            assertThat(sender.join(Duration.ofMillis(300))).isFalse();
            assertThat(registry.get("narfi.http.received.bytes").counter().count()).isLessThan(1 << 20);
            latch("release").countDown();
            assertThat(client.answer().body()).isEqualTo("" + size);
            sender.join();
        }
    }

    @Test
    void tooManyRequestsAreTurnedAway() throws Exception {
        int port = start(config().limits(new HttpServerConfig.Limits(100, 1, 1000, 2000, 10)));
        try (RawClient first = new RawClient(port);
                RawClient second = new RawClient(port)) {
            first.send(GET.formatted("/block"));
            latch("blocked").await();
            RawClient.Answer answer = second.send(GET.formatted("/hello")).answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("too many concurrent requests\n");
            latch("release").countDown();
            assertThat(first.answer().body()).isEqualTo("released");
            Eventually.holds("the slot is free", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
            assertThat(second.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
        }
        assertThat(rejected("requests")).isEqualTo(1);
    }

    @Test
    void tooManyConnectionsAreTurnedAway() throws Exception {
        int port = start(config().limits(new HttpServerConfig.Limits(2, 10, 1000, 2000, 10)));
        try (RawClient first = new RawClient(port);
                RawClient second = new RawClient(port)) {
            assertThat(first.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            assertThat(second.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            try (RawClient third = new RawClient(port)) {
                assertThat(third.answer().status()).isEqualTo(503);
                assertThat(third.closedByServer()).isTrue();
            }
        }
        Eventually.holds("all closed", () -> registry.get("loki.tcp.connections").gauge().value() == 0);
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
        }
        assertThat(rejected("connections")).isEqualTo(1);
    }
}
