package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** HTTP/1.1 on raw sockets: routing, parameters, bodies, and what a handler does wrong. */
class HttpServerTest extends ServedRoutes {
    @Test
    void routesAndErrorTexts() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer hello = client.send(GET.formatted("/hello")).answer();
            assertThat(hello.status()).isEqualTo(200);
            assertThat(hello.body()).isEqualTo("hello");
            assertThat(hello.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");

            RawClient.Answer missing = client.send(GET.formatted("/hello/")).answer();
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body()).isEqualTo("404 page not found\n");
            assertThat(missing.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(missing.header("X-Content-Type-Options")).isEqualTo("nosniff");

            RawClient.Answer wrong = client.send("PUT /hello HTTP/1.1\r\nHost: x\r\n\r\n").answer();
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.body()).isEmpty();
            assertThat(wrong.header("Content-Type")).isEmpty();
            assertThat(client.send("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n").answer().status()).isEqualTo(404);
            assertThat(client.send("PUT /methods HTTP/1.1\r\nHost: x\r\n\r\n").answer().body()).isEqualTo("PUT");

            RawClient.Answer bare = client.send(GET.formatted("/bare")).answer();
            assertThat(bare.status()).isEqualTo(400);
            assertThat(bare.body()).isEqualTo("bad");
            assertThat(client.send(GET.formatted("/label/a%2Fb%20c/values")).answer().body()).isEqualTo("a/b c");
            assertThat(client.send(GET.formatted("/label/%zz/values")).answer().status()).isEqualTo(400);
            assertThat(client.send(GET.formatted("/late")).answer().body()).isEqualTo("nothing was sent yet\n");
        }
        assertThat(registry.get("loki.request.duration").tag("route", "hello").tag("status_code", "200").timer().count()).isEqualTo(1);
        assertThat(registry.get("loki.request.duration").tag("route", "other").tag("status_code", "404").timer().count()).isPositive();
        assertThat(registry.get("narfi.http.received.bytes").counter().count()).isPositive();
        assertThat(registry.get("narfi.http.sent.bytes").counter().count()).isPositive();
    }

    @Test
    void aBugIsA500WithAnId() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer bug = client.send(GET.formatted("/bug")).answer();
            assertThat(bug.status()).isEqualTo(500);
            assertThat(bug.body()).matches("internal server error, id [0-9a-f]{16}\n");
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(200);
        }
        assertThat(registry.get("loki.panic").counter().count()).isEqualTo(1);
    }

    @Test
    void aResponseThatFailsHalfwayIsCutOff() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send(GET.formatted("/cut"));
            assertThatThrownBy(client::answer).isInstanceOf(IOException.class).hasMessageContaining("ended");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void parametersComeFromBodyThenQuery() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            String form = "a=body+1&b=%7Bx%7D";
            String post = "POST /params?a=url&b=url HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s";
            assertThat(client.send(post.formatted("application/x-www-form-urlencoded; charset=utf-8", form.length(), form)).answer().body())
                    .isEqualTo("[body 1, url] {x}");
            assertThat(client.send(post.formatted("application/json", form.length(), form)).answer().body()).isEqualTo("[url] url");
            RawClient.Answer bad = client.send(GET.formatted("/params?a=%zz")).answer();
            assertThat(bad.status()).isEqualTo(400);
            assertThat(bad.body()).isEqualTo("invalid URL escape \"%zz\"");
            RawClient.Answer semicolon = client.send(GET.formatted("/params?a=1;b=2")).answer();
            assertThat(semicolon.body()).isEqualTo("invalid semicolon separator in query");
        }
    }

    @Test
    void aFormAboveTenMegabytesIsRefused() throws Exception {
        int port = start(config());
        String post = "POST /params HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n";
        try (RawClient client = new RawClient(port)) {
            String fits = "b=" + "x".repeat((10 << 20) - 2);
            assertThat(client.send(post.formatted(fits.length()) + fits).answer().status()).isEqualTo(200);
            String tooLarge = fits + "y";
            RawClient.Answer answer = client.send(post.formatted(tooLarge.length()) + tooLarge).answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("http: POST too large");
        }
        try (RawClient client = new RawClient(port)) {
            RawClient.Answer announced = client.send(post.formatted(1L << 40)).answer();
            assertThat(announced.status()).isEqualTo(400);
            assertThat(announced.body()).isEqualTo("http: POST too large");
        }
    }

    @Test
    void aBodyAboveTheRoutesLimitIsRefused() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            String post = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s";
            assertThat(client.send(post.formatted(1000, "x".repeat(1000))).answer().body()).isEqualTo("1000");
            RawClient.Answer answer = client.send(post.formatted(1001, "x".repeat(1001))).answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("http: request body too large\n");
            // The rest was short enough to be dropped, so the connection goes on.
            assertThat(client.send(GET.formatted("/hello")).answer().body()).isEqualTo("hello");
            String chunked = "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + "x".repeat(1001) + "\r\n0\r\n\r\n";
            assertThat(client.send(chunked).answer().status()).isEqualTo(413);
        }
    }

    @Test
    void aLongBodyThatIsNotReadClosesTheConnectionAfterTheResponse() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            client.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n" + "x".repeat(300_000));
            RawClient.Answer answer = client.answer();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(answer.body()).isEqualTo("no org id\n");
            assertThat(client.closedByServer()).isTrue();
        }
    }

    @Test
    void continueIsSentOnlyWhenTheBodyIsRead() throws Exception {
        int port = start(config());
        String head = "POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send(head.formatted("/length")).answer().status()).isEqualTo(100);
            assertThat(client.send("abc").answer().body()).isEqualTo("3");
            RawClient.Answer refused = client.send(head.formatted("/ignore")).answer();
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.header("Connection")).isEqualTo("close");
        }
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send("GET /hello HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n").answer().status()).isEqualTo(417);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 60; i++) {
                all.append(GET.formatted("/label/" + i + "/values"));
                all.append("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: ").append(i).append("\r\n\r\n").append("x".repeat(i));
            }
            client.send(all.toString());
            for (int i = 0; i < 60; i++) {
                assertThat(client.answer().body()).isEqualTo("" + i);
                assertThat(client.answer().body()).isEqualTo("" + i);
            }
        }
    }

    @Test
    void http10IsAnsweredAndClosed() throws Exception {
        int port = start(config());
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send("GET /hello HTTP/1.0\r\n\r\n").answer().body()).isEqualTo("hello");
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = new RawClient(port)) {
            assertThat(client.send("POST /echo HTTP/1.0\r\nContent-Length: 70000\r\n\r\n" + "y".repeat(70_000)).answer().body())
                    .isEqualTo("y".repeat(70_000));
        }
    }

    @Test
    void aLargeBodyIsEchoedByteForByte() throws Exception {
        int port = start(config());
        byte[] body = new byte[(5 << 20) + 13];
        new Random(7).nextBytes(body);
        String text = new String(body, StandardCharsets.ISO_8859_1);
        try (RawClient client = new RawClient(port)) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
                    client.send(text);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(client.answer().body().equals(text)).isTrue();
            sender.join();
        }
    }

    @Test
    void thePrefixStandsBeforeEveryRoute() throws Exception {
        HttpServer prefixed = new HttpServer(config(), router("/p/q/"), registry);
        server = prefixed;
        prefixed.start();
        try (RawClient client = new RawClient(prefixed.port())) {
            assertThat(client.send(GET.formatted("/p/q/hello")).answer().status()).isEqualTo(200);
            assertThat(client.send(GET.formatted("/hello")).answer().status()).isEqualTo(404);
        }
    }
}
