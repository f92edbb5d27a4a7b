package io.narfi.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Service;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that go away, and a server that does. */
class HttpServerEndTest extends ServedRoutes {
    @Test
    void aClientThatGoesAwayInterruptsItsHandler() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send(GET.formatted("/block"));
            latch("blocked").await();
        }
        assertThat(blockedEnd.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(latch("cancelled").await(10, TimeUnit.SECONDS)).isTrue();
        Eventually.holds(
                "measured as 499", () -> registry.find("loki.request.duration").tag("status_code", "499").timer() != null);
    }

    @Test
    void aClientThatGoesAwayInTheMiddleOfItsBodyEndsTheRead() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc");
            Eventually.holds("the handler runs", () -> registry.get("loki.inflight.requests").gauge().value() == 1);
            client.reset();
        }
        Eventually.holds(
                "measured as 499", () -> registry.find("loki.request.duration").tag("status_code", "499").timer() != null);
        Eventually.holds("nothing runs", () -> registry.get("loki.inflight.requests").gauge().value() == 0);
    }

    @Test
    void drainLetsRequestsFinishAndRefusesNewConnections() throws Exception {
        int port = start(config());
        try (RawClient idle = new RawClient(port);
                RawClient busy = new RawClient(port)) {
            assertThat(idle.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
            busy.send(GET.formatted("/block"));
            latch("blocked").await();
            CompletableFuture<Boolean> drained = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    drained.complete(requireNonNull(server).drain(Duration.ofSeconds(10)));
                } catch (InterruptedException e) {
                    drained.completeExceptionally(e);
                }
            });
            assertThat(idle.closedByServer()).isTrue();
            assertThatThrownBy(() -> new RawClient(port).close()).isInstanceOf(ConnectException.class);
            latch("release").countDown();
            RawClient.Answer answer = busy.answer();
            assertThat(answer.body()).isEqualTo("released");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(drained.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void drainInterruptsWhatTakesTooLong() throws Exception {
        int port = start(config());
        try (RawClient busy = new RawClient(port)) {
            busy.send(GET.formatted("/block"));
            latch("blocked").await();
            assertThat(requireNonNull(server).drain(Duration.ofMillis(50))).isFalse();
            assertThat(busy.answer().status()).isEqualTo(499);
        }
    }

    @Test
    void aPortInUseFailsTheStart() throws Exception {
        int port = start(config());
        HttpServer second = new HttpServer(HttpServerConfig.of("127.0.0.1", port), router(""), new SimpleMeterRegistry());
        assertThatThrownBy(second::start).isInstanceOf(IOException.class).hasMessageContaining("cannot listen on");
        assertThat(second.state()).isEqualTo(Service.State.Failed);
        second.stop();
    }
}
