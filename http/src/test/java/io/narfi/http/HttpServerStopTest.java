package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that stops while clients connect: every connection ends. */
@Timeout(120)
class HttpServerStopTest {
    private static final int ROUNDS = 60;
    private static final int CLIENTS = 4;
    private static final int SILENCE_MILLIS = 5_000;

    @Test
    void noConnectionHangs() throws Exception {
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger hung = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            HttpServer server = new HttpServer(
                    HttpServerConfig.of("127.0.0.1", 0),
                    new Router("", List.of(Route.get("/hello", (_, response) -> response.sendText(200, "hello")))),
                    new SimpleMeterRegistry());
            server.start();
            int port = server.port();
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(CompletableFuture.runAsync(() -> connectUntilRefused(port, answered, hung)));
            }
            Thread.sleep(round % 10);
            server.drain(Duration.ofSeconds(5));
            for (CompletableFuture<Void> client : clients) {
                client.get();
            }
        }
        assertThat(answered.get()).isPositive();
        assertThat(hung.get()).isZero();
    }

    private static void connectUntilRefused(int port, AtomicInteger answered, AtomicInteger hung) {
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(SILENCE_MILLIS);
                socket.getOutputStream().write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                InputStream in = socket.getInputStream();
                if (in.read() >= 0) {
                    answered.incrementAndGet();
                }
            } catch (SocketTimeoutException e) {
                hung.incrementAndGet();
                return;
            } catch (IOException gone) {
                return;
            }
        }
    }
}
