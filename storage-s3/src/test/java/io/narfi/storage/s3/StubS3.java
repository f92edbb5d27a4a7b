package io.narfi.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A server that answers as it is told, in order, the last answer for ever, and remembers what it was asked. */
final class StubS3 implements AutoCloseable {
    /** One answer; it has read the body already. */
    interface Answer {
        void send(HttpExchange exchange) throws IOException, InterruptedException;
    }

    /** What was asked; header names in lower case. */
    record Asked(String method, String uri, Map<String, String> headers, String body) {}

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final List<Asked> asked = new ArrayList<>();
    private final AtomicInteger concurrent = new AtomicInteger();
    private final AtomicInteger mostConcurrent = new AtomicInteger();

    StubS3() throws IOException {
        this(null);
    }

    StubS3(@Nullable SSLContext tls) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer https = HttpsServer.create(address, 0);
            https.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = https;
        }
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    S3Config.Builder config() {
        return S3Config.builder("logs").endpoint("127.0.0.1:" + port()).insecure(true).credentials("key", "secret");
    }

    StubS3 then(Answer answer) {
        answers.add(answer);
        return this;
    }

    StubS3 then(int status, String body) {
        return then(e -> answer(e, status, body));
    }

    StubS3 thenError(int status, String code) {
        return then(status, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code + "</Code><RequestId>r1</RequestId></Error>");
    }

    /** Closes the connection without an answer. */
    StubS3 thenHangUp() {
        return then(HttpExchange::close);
    }

    static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        int now = concurrent.incrementAndGet();
        mostConcurrent.accumulateAndGet(now, Math::max);
        try {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            Map<String, String> headers = new HashMap<>();
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
            synchronized (asked) {
                asked.add(new Asked(exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers, body));
            }
            Answer answer = answers.size() > 1 ? answers.poll() : answers.peek();
            if (answer == null) {
                throw new IOException("no answer is left");
            }
            answer.send(exchange);
        } catch (InterruptedException e) {
            exchange.close();
        } finally {
            concurrent.decrementAndGet();
        }
    }

    List<Asked> asked() {
        synchronized (asked) {
            return List.copyOf(asked);
        }
    }

    int mostConcurrent() {
        return mostConcurrent.get();
    }

    @Override
    public void close() {
        executor.shutdownNow();
        server.stop(0);
    }
}
