package io.narfi.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.http.Call;
import io.narfi.http.Headers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which replica a gateway asks, and when it asks another one. */
class GatewayReplicasTest extends ServedGateway {
    private static URI nobody() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return URI.create("http://127.0.0.1:" + free.getLocalPort());
        }
    }

    /** Takes connections, reads a little and hangs up, so that nobody knows whether the request was done. */
    private ServerSocket hangsUp() throws IOException {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        open.add(listener);
        Thread.ofVirtual().start(() -> {
            while (true) {
                try (Socket socket = listener.accept()) {
                    socket.getInputStream().readNBytes(1);
                } catch (IOException e) {
                    // The test is over.
                    return;
                }
            }
        });
        return listener;
    }

    @Test
    void aPushIsTriedOnAnotherReplicaAfter503() throws Exception {
        writeA.answer = (_, response) -> response.sendText(503, "full");
        start(config());
        for (int i = 0; i < 20; i++) {
            Answer answer = push(("push " + i).getBytes(StandardCharsets.UTF_8));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("write-b");
        }
        assertThat(writeB.got).hasSize(20);
        // After three failures in a row the replica is left alone.
        assertThat(writeA.got).hasSizeBetween(1, 3);
        assertThat(registry.get("narfi.gateway.retries").tag("group", "write").counter().count()).isEqualTo(writeA.got.size());
        writeB.answer = writeA.answer;
        Answer all = push(new byte[1]);
        assertThat(all.status()).isEqualTo(503);
        assertThat(all.body()).isEqualTo("full");
    }

    @Test
    void aBodyThatIsNotKeptIsSentOnce() throws Exception {
        writeA.answer = (_, response) -> response.sendText(503, "full");
        writeB.answer = writeA.answer;
        start(config().bodies(64 << 20, 1000, 1000));
        assertThat(push(new byte[1001]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(1);
        Call chunked = new Call(
                "POST", requireNonNull(origin), "/loki/api/v1/push", new Headers(),
                new Call.Body.Stream(new ByteArrayInputStream(new byte[1001]), -1), null);
        assertThat(call(chunked).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(2);
        assertThat(push(new byte[1000]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(4);
        eventually("nothing is kept", () -> registry.get("narfi.gateway.kept.bytes").gauge().value() == 0);
    }

    @Test
    void keptBodiesAreBoundedTogether() throws Exception {
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        writeA.answer = (request, response) -> {
            if (request.rawQuery().equals("hold")) {
                holding.countDown();
                release.await();
            }
            response.sendText(503, "full");
        };
        writeB.answer = writeA.answer;
        start(config().bodies(64 << 20, 1000, 1500));
        CompletableFuture<Answer> held = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                held.complete(call(Call.post(requireNonNull(origin), "/loki/api/v1/push?hold", "a/b", new byte[1000])));
            } catch (Exception e) {
                held.completeExceptionally(e);
            }
        });
        holding.await();
        assertThat(registry.get("narfi.gateway.kept.bytes").gauge().value()).isEqualTo(1000);
        int before = writeA.got.size() + writeB.got.size();
        assertThat(push(new byte[501]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).as("sent once, there was no room to keep it").isEqualTo(before + 1);
        assertThat(push(new byte[500]).status()).isEqualTo(503);
        assertThat(writeA.got.size() + writeB.got.size()).as("kept and sent twice").isEqualTo(before + 3);
        release.countDown();
        assertThat(held.get(10, TimeUnit.SECONDS).status()).isEqualTo(503);
    }

    @Test
    void aReplicaThatIsGoneIsSkippedAlsoForBodiesThatAreNotKept() throws Exception {
        start(GatewayConfig.of(List.of(nobody(), writeB.uri()), List.of(nobody(), nobody()), List.of()).bodies(64 << 20, 1000, 1000));
        for (int i = 0; i < 10; i++) {
            assertThat(push(new byte[5000]).body()).isEqualTo("write-b");
        }
        assertThat(registry.get("narfi.gateway.ejections").tag("group", "write").counter().count()).isLessThanOrEqualTo(1);
        Answer none = get("/loki/api/v1/labels");
        assertThat(none.status()).isEqualTo(502);
        assertThat(none.body()).isEqualTo("the read service cannot be reached\n");
        assertThat(none.headers().get("Content-Type")).isEqualTo("text/plain; charset=utf-8");
        Answer empty = get("/loki/api/v1/rules");
        assertThat(empty.status()).isEqualTo(503);
        assertThat(empty.body()).isEqualTo("no backend service is available\n");
    }

    @Test
    void aBrokenConnectionIsTriedAgainWhereThatIsSafe() throws Exception {
        URI broken = URI.create("http://127.0.0.1:" + hangsUp().getLocalPort());
        start(GatewayConfig.of(List.of(broken, writeB.uri()), List.of(broken, readB.uri()), List.of(broken)));
        for (int i = 0; i < 10; i++) {
            assertThat(push(new byte[100]).body()).isEqualTo("write-b");
            assertThat(get("/loki/api/v1/labels").body()).isEqualTo("read-b");
            assertThat(call(Call.post(requireNonNull(origin), "/loki/api/v1/query", "application/x-www-form-urlencoded", new byte[] {'a'})).body())
                    .isEqualTo("read-b");
        }
        Answer delete = call(new Call("DELETE", requireNonNull(origin), "/loki/api/v1/delete", new Headers(), new Call.Body.None(), null));
        assertThat(delete.status()).isEqualTo(502);
        assertThat(registry.get("narfi.gateway.retries").tag("group", "backend").counter().count()).isZero();
        assertThat(registry.get("narfi.gateway.retries").tag("group", "read").counter().count()).isPositive();
    }

    @Test
    void aServiceThatIsTooSlowIs504() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        readA.answer = (_, response) -> {
            release.await();
            response.sendText(200, "late");
        };
        readB.answer = readA.answer;
        start(config().timeouts(Duration.ofSeconds(5), Duration.ofMillis(100)));
        Answer answer = get("/loki/api/v1/labels");
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.body()).isEqualTo("the read service did not answer in time\n");
        assertThat(readA.got.size() + readB.got.size()).isEqualTo(1);
        release.countDown();
    }

    @Test
    void replicasThatAreNotReadyGetNothing() throws Exception {
        readA.ready = 503;
        start(config().health(Duration.ofSeconds(10), Duration.ofMillis(20), Duration.ofSeconds(2), Duration.ofSeconds(5)));
        eventually("one is left", () -> registry.get("narfi.gateway.replicas.usable").tag("group", "read").gauge().value() == 1);
        readA.got.clear();
        for (int i = 0; i < 20; i++) {
            assertThat(get("/loki/api/v1/labels").body()).isEqualTo("read-b");
        }
        readA.ready = 200;
        eventually("both are back", () -> registry.get("narfi.gateway.replicas.usable").tag("group", "read").gauge().value() == 2);
        readB.ready = 503;
        readA.ready = 503;
        eventually("none is left", () -> registry.get("narfi.gateway.replicas.usable").tag("group", "read").gauge().value() == 0);
        // If all seem unwell, the opinion may be wrong.
        assertThat(get("/loki/api/v1/labels").status()).isEqualTo(200);
    }

    @Test
    void namesAreResolvedAgain() throws Exception {
        FakeService other = service("other");
        List<InetAddress> addresses = new ArrayList<>(List.of(InetAddress.ofLiteral("127.0.0.1")));
        URI named = URI.create("http://read.example:" + other.port());
        GatewayConfig config = GatewayConfig.of(List.of(), List.of(named), List.of())
                .health(Duration.ofMillis(20), Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofSeconds(5));
        Gateway gateway = new Gateway(config, registry, host -> {
            assertThat(host).isEqualTo("read.example");
            synchronized (addresses) {
                if (addresses.isEmpty()) {
                    throw new UnknownHostException(host);
                }
                return addresses.toArray(InetAddress[]::new);
            }
        });
        start(gateway);
        assertThat(get("/loki/api/v1/labels").body()).isEqualTo("other");
        synchronized (addresses) {
            addresses.add(InetAddress.ofLiteral("127.0.0.2"));
        }
        eventually("two addresses", () -> registry.get("narfi.gateway.replicas").tag("group", "read").gauge().value() == 2);
        synchronized (addresses) {
            addresses.clear();
        }
        // A name server that fails leaves the addresses as they were.
        assertThat(get("/loki/api/v1/labels").body()).isEqualTo("other");
        assertThat(registry.get("narfi.gateway.replicas").tag("group", "read").gauge().value()).isEqualTo(2);
    }
}
