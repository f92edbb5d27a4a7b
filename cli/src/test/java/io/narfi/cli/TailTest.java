package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.ApiException;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TailTest {
    private static final String QUERY = "{a=\"b\"}";

    /** One connection of the server, number by number from 1. */
    @FunctionalInterface
    private interface Session {
        void serve(WebSocket socket, int number) throws Exception;
    }

    private static FakeServer server(Session session) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        return new FakeServer((request, response) -> serve(request, response, session, connections));
    }

    private static void serve(Request request, Response response, Session session, AtomicInteger connections) throws Exception {
        try (WebSocket socket = WebSocket.accept(request, response)) {
            if (socket != null) {
                session.serve(socket, connections.incrementAndGet());
            }
        }
    }

    private static void send(WebSocket socket, String... timesAndLines) throws Exception {
        StringBuilder json = new StringBuilder("{\"streams\":[");
        for (int i = 0; i < timesAndLines.length; i += 2) {
            json.append(i == 0 ? "" : ",").append("{\"stream\":{\"a\":\"b\"},\"values\":[[\"").append(timesAndLines[i]).append("\",\"")
                    .append(timesAndLines[i + 1]).append("\"]]}");
        }
        socket.sendText(json.append("]}").toString().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void printsLinesAsTheyCome() throws Exception {
        try (FakeServer server = server((socket, number) -> {
            send(socket, "1793534398000000000", "past");
            socket.sendPing();
            send(socket, "1793534400000000000", "one", "1793534400000000000", "two");
            socket.sendText("{\"streams\":[],\"dropped_entries\":[{\"timestamp\":\"1\",\"labels\":{}},{\"timestamp\":\"2\",\"labels\":{}}]}".getBytes(StandardCharsets.UTF_8));
        })) {
            TestConsole console = TestConsole.of(server).env("LOKI_ORG_ID", "tenant").env("LOKI_USERNAME", "u");
            assertThat(console.run("tail", QUERY, "--limit=5", "--delay-for=2")).as(console.err()).isZero();
            assertThat(console.out()).isEqualTo("""
                    2026-11-01T11:59:58Z {a="b"} past
                    2026-11-01T12:00:00Z {a="b"} one
                    2026-11-01T12:00:00Z {a="b"} two
                    """);
            assertThat(console.err()).contains("the server left out 2 lines");
            assertThat(server.asked.getFirst().target())
                    .isEqualTo("/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D&limit=5&start=1793530800000000000&delay_for=2");
            assertThat(server.asked.getFirst().headers()).contains("X-Scope-OrgID: tenant", "Authorization: Basic dTo=");
        }
    }

    @Test
    void queryWithTailDoesTheSame() throws Exception {
        try (FakeServer server = server((socket, number) -> send(socket, "1793534400000000000", "one"))) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("query", QUERY, "-t", "-o", "raw", "--no-labels")).as(console.err()).isZero();
            assertThat(console.out()).isEqualTo("one\n");
            assertThat(server.asked.getFirst().target()).isEqualTo("/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D&limit=30");
        }
    }

    @Test
    void connectsAgainWithoutLossOrRepetition() throws Exception {
        try (FakeServer server = server((socket, number) -> {
            switch (number) {
                case 1 -> {
                    send(socket, "1793534400000000000", "a", "1793534401000000000", "b", "1793534401000000000", "b");
                    socket.close(1011, "reached tail max duration limit");
                }
                case 2 -> {
                    // From the time of the last line on: what was printed comes again, with what came meanwhile.
                    send(socket, "1793534401000000000", "b", "1793534401000000000", "b", "1793534401000000000", "b", "1793534401000000000", "c");
                    send(socket, "1793534402000000000", "d", "1793534401000000000", "late");
                    socket.close(1011, "all ingesters closed the connection");
                }
                default -> send(socket, "1793534402000000000", "d", "1793534403000000000", "e");
            }
        })) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("tail", QUERY, "-o", "raw", "--min-backoff=1ms")).as(console.err()).isZero();
            assertThat(console.out()).isEqualTo("a\nb\nb\nb\nc\nd\nlate\ne\n");
            assertThat(console.err()).contains("reached tail max duration limit; connecting again");
            assertThat(server.asked).extracting(FakeServer.Asked::target).element(1).asString().endsWith("&limit=5000&start=1793534401000000000");
        }
    }

    @Test
    void aQueryThatTheServerRefuses() throws Exception {
        try (FakeServer server = new FakeServer((request, response) -> {
            throw new ApiException(400, "parse error : bad");
        })) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("tail", "{", "-q")).isEqualTo(1);
            assertThat(console.err()).isEqualTo("narfi: the server answered 400: parse error : bad\n");
        }
    }

    @Test
    void aFirstConnectionThatFailsIsTheEnd() throws Exception {
        try (FakeServer server = server((socket, number) -> socket.close(1011, "metric queries cannot be tailed"))) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("tail", "rate({a=\"b\"}[1m])", "-q")).isEqualTo(1);
            assertThat(console.err()).isEqualTo("narfi: metric queries cannot be tailed\n");
        }
        TestConsole nobody = new TestConsole();
        assertThat(nobody.run("tail", QUERY, "-q", "--addr=http://127.0.0.1:1")).isEqualTo(1);
        assertThat(nobody.err()).startsWith("narfi: the connection broke:");
    }

    @Test
    void givesUpAfterTooManyFailures() throws Exception {
        try (FakeServer server = new FakeServer((request, response) -> {
            throw new ApiException(503, "starting");
        })) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("tail", QUERY, "--retries=2", "--min-backoff=1ms", "-q")).isEqualTo(1);
            assertThat(server.asked.stream().filter(a -> a.target().startsWith("/loki/api/v1/tail"))).hasSize(3);
        }
    }
}
