package io.narfi.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.http.Call;
import io.narfi.http.Headers;
import io.narfi.http.Reply;
import io.narfi.http.WebSocket;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What passes through a gateway: routes, bodies, streams, WebSockets, and what becomes of broken ones. */
class GatewayTest extends ServedGateway {
    @Test
    void routesByPath() throws Exception {
        start(config());
        for (String path : List.of("/loki/api/v1/push", "/api/prom/push", "/otlp/v1/logs")) {
            assertThat(call(Call.post(requireNonNull(origin), path, "a/b", new byte[3])).body()).as(path).startsWith("write-");
        }
        for (String path : List.of(
                "/loki/api/v1/query?query=%7Ba%3D%22b%22%7D", "/loki/api/v1/query_range", "/loki/api/v1/label/a%2Fb/values", "/loki/api/v1/series",
                "/loki/api/v1/detected_field/x/values", "/api/prom/query", "/loki/api/v1/index/volume_range")) {
            assertThat(get(path).body()).as(path).startsWith("read-");
        }
        for (String path : List.of("/loki/api/v1/delete", "/loki/api/v1/rules", "/loki/api/v1/rules/ns/group", "/prometheus/api/v1/alerts")) {
            assertThat(get(path).body()).as(path).isEqualTo("backend");
        }
        for (String path : List.of("/", "/flush", "/loki/api/v1/push/", "/ingester/shutdown", "/loki/api/v1/nothing")) {
            Answer answer = get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("404 page not found\n");
        }
        // Targets arrive as they were sent.
        assertThat(readA.got.size() + readB.got.size()).isEqualTo(7);
        List<String> targets = new ArrayList<>();
        readA.got.forEach(g -> targets.add(g.target()));
        readB.got.forEach(g -> targets.add(g.target()));
        assertThat(targets).contains("/loki/api/v1/query?query=%7Ba%3D%22b%22%7D", "/loki/api/v1/label/a%2Fb/values");
    }

    @Test
    void passesBothSidesByteForByte() throws Exception {
        start(config().bodies(64 << 20, 1 << 20, 8 << 20));
        byte[] question = new byte[(3 << 20) + 1];
        byte[] reply = new byte[(5 << 20) + 7];
        new Random(5).nextBytes(question);
        new Random(6).nextBytes(reply);
        for (FakeService each : List.of(writeA, writeB)) {
            each.answer = (_, response) -> {
                response.status(260).header("Content-Type", "odd/type; x=Y").header("Content-Encoding", "gzip");
                response.headers().add("X-Twice", "1").add("X-Twice", "2").add("Connection", "X-Hop").add("X-Hop", "gone");
                try (OutputStream out = response.stream()) {
                    out.write(reply);
                }
            };
        }
        Headers headers = Headers.of(
                "Content-Type", "application/x-protobuf", "Content-Encoding", "snappy", "X-Scope-OrgID", "team", "X-Request-Id", "abc-1",
                "X-Forwarded-For", "10.0.0.9", "Accept-Encoding", "gzip", "Authorization", "Basic eDp5");
        for (Call.Body body : List.of(
                new Call.Body.Bytes(question),
                new Call.Body.Stream(new ByteArrayInputStream(question), -1))) {
            try (Reply answer = client.call(new Call("POST", requireNonNull(origin), "/loki/api/v1/push", headers, body, null))) {
                assertThat(answer.status()).isEqualTo(260);
                assertThat(answer.headers().get("Content-Type")).isEqualTo("odd/type; x=Y");
                assertThat(answer.headers().get("Content-Encoding")).isEqualTo("gzip");
                assertThat(answer.headers().all("X-Twice")).containsExactly("1", "2");
                assertThat(answer.readAll(64 << 20)).isEqualTo(reply);
            }
        }
        List<FakeService.Got> all = new ArrayList<>(writeA.got);
        all.addAll(writeB.got);
        assertThat(all).hasSize(2);
        for (FakeService.Got got : all) {
            assertThat(got.body()).isEqualTo(question);
            assertThat(got.headers().get("Content-Type")).isEqualTo("application/x-protobuf");
            assertThat(got.headers().get("Content-Encoding")).isEqualTo("snappy");
            assertThat(got.headers().get("X-Scope-OrgID")).isEqualTo("team");
            assertThat(got.headers().get("X-Request-Id")).isEqualTo("abc-1");
            assertThat(got.headers().get("X-Forwarded-For")).isEqualTo("10.0.0.9, 127.0.0.1");
            // Without a users file credentials are the services' affair.
            assertThat(got.headers().get("Authorization")).isEqualTo("Basic eDp5");
        }
        eventually("nothing is kept", () -> registry.get("narfi.gateway.kept.bytes").gauge().value() == 0);
    }

    @Test
    void emptyAnswersAndHead() throws Exception {
        writeA.answer = (_, response) -> response.status(204).send(new byte[0]);
        writeB.answer = writeA.answer;
        readA.answer = (_, response) -> response.sendText(200, "seven b");
        readB.answer = readA.answer;
        start(config());
        Answer pushed = push(new byte[10]);
        assertThat(pushed.status()).isEqualTo(204);
        assertThat(pushed.headers().contains("Content-Length")).isFalse();
        Answer head = call(new Call("HEAD", requireNonNull(origin), "/loki/api/v1/labels", new Headers(), new Call.Body.None(), null));
        assertThat(head.headers().get("Content-Length")).isEqualTo("7");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void bodiesAboveTheLimitAre413() throws Exception {
        start(config().bodies(10_000, 1000, 1000));
        assertThat(push(new byte[10_000]).status()).isEqualTo(200);
        int before = writeA.got.size() + writeB.got.size();
        assertThat(push(new byte[10_001]).status()).isEqualTo(413);
        Call chunked = new Call(
                "POST", requireNonNull(origin), "/loki/api/v1/push", new Headers(),
                new Call.Body.Stream(new ByteArrayInputStream(new byte[10_001]), -1), null);
        assertThat(call(chunked).status()).isEqualTo(413);
        assertThat(writeA.got.size() + writeB.got.size()).isEqualTo(before);
    }

    @Test
    void aStreamIsPassedOnWhileItRuns() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        readA.answer = (_, response) -> {
            try (OutputStream out = response.stream()) {
                out.write("first".getBytes(StandardCharsets.UTF_8));
                out.flush();
                release.await();
                out.write("second".getBytes(StandardCharsets.UTF_8));
            }
        };
        readB.answer = readA.answer;
        start(config());
        try (Reply reply = client.call(Call.get(requireNonNull(origin), "/loki/api/v1/query_range"))) {
            assertThat(reply.body().readNBytes(5)).asString().isEqualTo("first");
            release.countDown();
            assertThat(reply.body().readAllBytes()).asString().isEqualTo("second");
        }
    }

    @Test
    void anAnswerThatBreaksOffBreaksOffForTheClientToo() throws Exception {
        readA.answer = (_, response) -> {
            OutputStream out = response.stream();
            out.write(new byte[200_000]);
            out.flush();
            throw new IOException("over");
        };
        readB.answer = readA.answer;
        start(config());
        try (Reply reply = client.call(Call.get(requireNonNull(origin), "/loki/api/v1/query_range"))) {
            assertThat(reply.status()).isEqualTo(200);
            assertThatThrownBy(() -> reply.readAll(1 << 20)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aClientThatGoesAwayCancelsTheService() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
        readA.answer = (request, _) -> {
            request.onCancel(() -> cancelled.complete(true));
            began.countDown();
            new CountDownLatch(1).await();
        };
        readB.answer = readA.answer;
        start(config());
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                client.call(Call.get(requireNonNull(origin), "/loki/api/v1/query_range")).close();
            } catch (IOException | InterruptedException e) {
                // As wanted.
            }
        });
        began.await();
        asking.interrupt();
        assertThat(cancelled.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void webSocketsPassThrough() throws Exception {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        readA.answer = (request, response) -> {
            try (WebSocket socket = WebSocket.accept(request, response)) {
                if (socket != null) {
                    socket.sendText(("tail of " + request.target()).getBytes(StandardCharsets.UTF_8));
                    new CountDownLatch(1).await();
                }
            } catch (InterruptedException e) {
                ended.complete(true);
            }
        };
        readB.answer = readA.answer;
        start(config());
        CompletableFuture<String> text = new CompletableFuture<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            java.net.http.WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(
                            URI.create("ws://127.0.0.1:" + requireNonNull(origin).getPort() + "/loki/api/v1/tail?query=x"),
                            new java.net.http.WebSocket.Listener() {
                                @Override
                                public @Nullable CompletionStage<?> onText(java.net.http.WebSocket webSocket, CharSequence data, boolean last) {
                                    text.complete(data.toString());
                                    webSocket.request(1);
                                    return null;
                                }
                            })
                    .get(10, TimeUnit.SECONDS);
            assertThat(text.get(10, TimeUnit.SECONDS)).isEqualTo("tail of /loki/api/v1/tail?query=x");
            socket.sendClose(1000, "").get(10, TimeUnit.SECONDS);
            assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
        }
        // A service that refuses the handshake is heard too.
        readA.answer = (_, response) -> response.sendText(400, "parse error");
        readB.answer = readA.answer;
        Answer refused = call(Call.get(requireNonNull(origin), "/loki/api/v1/tail").upgrade("websocket"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).isEqualTo("parse error");
    }
}
