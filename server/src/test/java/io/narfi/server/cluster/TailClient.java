package io.narfi.server.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narfi.server.cluster.LokiClient.Line;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A client of {@code tail}: collects frames, and reads only while it is told to. */
public final class TailClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(20);

    private final List<JsonNode> frames = new ArrayList<>();
    private final List<Long> arrivals = new ArrayList<>();
    private final List<Double> ages = new ArrayList<>();
    private final AtomicInteger pings = new AtomicInteger();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private final boolean reads;
    private final WebSocket socket;

    private TailClient(HttpClient client, URI uri, Map<String, String> headers, boolean reads) throws Exception {
        this.reads = reads;
        WebSocket.Builder builder = client.newWebSocketBuilder().connectTimeout(CONNECT);
        headers.forEach(builder::header);
        this.socket = builder.buildAsync(uri, new Listener()).get(CONNECT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Connects; {@code base} begins with http. */
    public static TailClient open(HttpClient client, String base, String path, Map<String, String> params, Map<String, String> headers)
            throws Exception {
        return new TailClient(client, uri(base, path, params), headers, true);
    }

    /** As {@link #open}, but reads nothing until {@link #read}. */
    public static TailClient lazy(HttpClient client, String base, String path, Map<String, String> params) throws Exception {
        return new TailClient(client, uri(base, path, params), Map.of(), false);
    }

    private static URI uri(String base, String path, Map<String, String> params) {
        StringBuilder query = new StringBuilder(base.replaceFirst("^http", "ws")).append(path);
        char separator = '?';
        for (Map.Entry<String, String> e : params.entrySet()) {
            query.append(separator).append(e.getKey()).append('=').append(URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8));
            separator = '&';
        }
        return URI.create(query.toString());
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void onOpen(WebSocket webSocket) {
            if (reads) {
                webSocket.request(Long.MAX_VALUE);
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    JsonNode frame = JSON.readTree(text.toString());
                    synchronized (frames) {
                        frames.add(frame);
                        arrivals.add(System.nanoTime());
                        for (JsonNode stream : frame.path("streams")) {
                            ages.add((System.currentTimeMillis() - stream.at("/values/0/0").asLong() / 1_000_000) / 1e3);
                        }
                    }
                } catch (JsonProcessingException e) {
                    closed.completeExceptionally(e);
                }
                text.setLength(0);
            }
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
            if (message.hasRemaining()) {
                closed.completeExceptionally(new IllegalStateException("a ping with a payload"));
            }
            pings.incrementAndGet();
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closed.complete(statusCode + " " + reason);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            // What a browser calls 1006.
            closed.complete("1006 ");
        }
    }

    /** From now on reads everything. */
    public void read() {
        socket.request(Long.MAX_VALUE);
    }

    public List<JsonNode> frames() {
        synchronized (frames) {
            return List.copyOf(frames);
        }
    }

    /** The lines of all frames so far, in their order. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (JsonNode frame : frames()) {
            for (JsonNode stream : frame.path("streams")) {
                lines.add(stream.at("/values/0/1").asText());
            }
        }
        return lines;
    }

    /** The same with their times. */
    public List<Line> entries() {
        List<Line> lines = new ArrayList<>();
        for (JsonNode frame : frames()) {
            for (JsonNode stream : frame.path("streams")) {
                lines.add(new Line(stream.at("/values/0/0").asLong(), stream.at("/values/0/1").asText()));
            }
        }
        return lines;
    }

    /** Entries of all frames that the server calls dropped. */
    public List<JsonNode> dropped() {
        List<JsonNode> dropped = new ArrayList<>();
        for (JsonNode frame : frames()) {
            frame.path("dropped_entries").forEach(dropped::add);
        }
        return dropped;
    }

    /** {@link System#nanoTime} when the last frame came. */
    public long lastArrival() {
        synchronized (frames) {
            return arrivals.getLast();
        }
    }

    /** How old each entry was when it came, seconds. */
    public List<Double> ages() {
        synchronized (frames) {
            return List.copyOf(ages);
        }
    }

    public int pings() {
        return pings.get();
    }

    /** Code and reason, when the server has closed. */
    public String closed(Duration limit) throws Exception {
        return closed.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    public boolean isOpen() {
        return !closed.isDone();
    }

    /** Waits until so many lines came. */
    public void awaitLines(int count, Duration limit) throws Exception {
        await(() -> lines().size() >= count, () -> lines().size() + " of " + count + " lines", limit);
    }

    /** Waits for a condition, and fails early when the server closes. */
    public void await(BooleanSupplier condition, Supplier<String> state, Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (closed.isDone()) {
                throw new IllegalStateException("closed with " + closed.get() + " after " + state.get());
            }
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(state.get() + " after " + limit);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    public void sendClose() throws Exception {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(CONNECT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Cuts the connection. */
    @Override
    public void close() {
        socket.abort();
    }
}
