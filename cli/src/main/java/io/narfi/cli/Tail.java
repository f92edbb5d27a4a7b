package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Prints new lines as they come, until the process is stopped. A connection that breaks is made again, with longer and longer pauses; the
 * new one starts at the time of the last line, and lines of that time which were printed are left out.
 */
final class Tail {
    private static final String PATH = "/loki/api/v1/tail";
    /** How much of what was missed while there was no connection is asked for; servers give no more. */
    private static final int CATCH_UP_LIMIT = 5000;
    private static final int RECONNECTS = 30;
    private static final long PING_AFTER_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long DEAD_AFTER_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int NORMAL_CLOSE = 1000;
    /** A frame holds about a hundred lines. */
    private static final int MAX_FRAME_CHARS = 32 << 20;

    private sealed interface Event {
        record Frame(String text) implements Event {}

        record Closed(int code, String reason) implements Event {}

        record Broken(Throwable cause) implements Event {}
    }

    private record Content(Labels labels, String line) {}

    private final ApiClient api;
    private final Console console;
    private final String query;
    private final @Nullable Long from;
    private final int limit;
    private final int delayFor;
    private final LogPrinter printer;
    private final ClientOptions options;
    private final Duration firstPause;
    private boolean connectedOnce;
    private long lastTime = Long.MIN_VALUE;
    /** What was printed of the last time. */
    private Map<Content, Integer> printed = new HashMap<>();

    /**
     * @param from start of what is printed first, or null for the server's default
     * @param limit how many lines of the past are printed first
     * @param delayFor seconds that the server waits for late lines
     */
    Tail(ApiClient api, Console console, String query, @Nullable Long from, int limit, int delayFor, LogPrinter printer, ClientOptions options) {
        this.api = requireNonNull(api, "api is null");
        this.console = requireNonNull(console, "console is null");
        this.query = requireNonNull(query, "query is null");
        this.from = from;
        this.limit = limit;
        this.delayFor = delayFor;
        this.printer = requireNonNull(printer, "printer is null");
        this.options = requireNonNull(options, "options is null");
        this.firstPause = options.connection(console).minBackoff();
    }

    /**
     * Prints until the server closes the connection in good order.
     *
     * @throws CliException if the first connection fails, or too many later ones in a row
     */
    void run() {
        Connection backoff = options.connection(console);
        int failures = 0;
        while (true) {
            boolean before = connectedOnce;
            connectedOnce = false;
            String problem;
            boolean final_ = false;
            try {
                Event.Closed closed = session();
                if (closed.code() == NORMAL_CLOSE) {
                    return;
                }
                problem = closed.reason().isEmpty() ? "the server closed the connection (" + closed.code() + ")" : closed.reason();
            } catch (ApiClient.HandshakeRefusedException e) {
                problem = refusal(e);
                final_ = e.status() / 100 == 4 && e.status() != 429;
            } catch (IOException e) {
                problem = "the connection broke: " + ApiClient.message(e);
            } catch (InterruptedException e) {
                throw ApiClient.interrupted(e);
            }
            failures = connectedOnce ? 0 : failures + 1;
            connectedOnce |= before;
            if (final_ || (!connectedOnce && failures > options.retries(0)) || failures > options.retries(RECONNECTS)) {
                throw new CliException(problem);
            }
            Duration pause = failures == 0 ? firstPause : backoff.backoff(failures);
            if (!options.quiet()) {
                console.err().println(problem + "; connecting again in " + pause.toMillis() + " ms");
            }
            ApiClient.sleep(pause);
        }
    }

    /** A WebSocket's client does not see the body of a refusal; the same query over HTTP tells what is wrong with it. */
    private String refusal(ApiClient.HandshakeRefusedException refused) {
        try {
            long now = console.now();
            Params params = new Params().add("query", query).add("limit", 1).add("start", now - 1).add("end", now);
            var _ = api.json(QueryCommand.PATH, params);
        } catch (CliException e) {
            return ApiClient.message(e);
        }
        return ApiClient.message(refused);
    }

    private Event.Closed session() throws IOException, InterruptedException {
        Params params = new Params().add("query", query);
        boolean again = lastTime != Long.MIN_VALUE;
        params.add("limit", again ? CATCH_UP_LIMIT : limit);
        if (again || from != null) {
            params.add("start", again ? lastTime : requireNonNull(from));
        }
        if (delayFor > 0) {
            params.add("delay_for", delayFor);
        }
        Map<Content, Integer> known = new HashMap<>(printed);
        Listener listener = new Listener();
        WebSocket socket = api.webSocket(PATH, params, listener);
        try {
            while (true) {
                Event event = listener.events.poll(1, TimeUnit.SECONDS);
                switch (event) {
                    case null -> keepAlive(socket, listener);
                    case Event.Frame(String text) -> {
                        connectedOnce = true;
                        frame(text, again ? known : Map.of());
                        socket.request(1);
                    }
                    case Event.Closed closed -> {
                        return closed;
                    }
                    case Event.Broken(Throwable cause) -> throw new IOException(ApiClient.message(cause), cause);
                }
            }
        } finally {
            socket.abort();
        }
    }

    private static void keepAlive(WebSocket socket, Listener listener) throws IOException {
        long silent = System.nanoTime() - listener.heard;
        if (silent > DEAD_AFTER_NANOS) {
            throw new IOException("nothing came for " + TimeUnit.NANOSECONDS.toSeconds(DEAD_AFTER_NANOS) + " s");
        }
        if (silent > PING_AFTER_NANOS) {
            var _ = socket.sendPing(ByteBuffer.allocate(0));
        }
    }

    private void frame(String text, Map<Content, Integer> known) throws IOException {
        var document = Json.object(Json.read(text));
        for (Entry entry : Entry.ofStreams(document.get("streams"))) {
            Content content = new Content(entry.labels(), entry.line());
            if (!known.isEmpty() && entry.time() == lastTime) {
                int count = known.getOrDefault(content, 0);
                if (count > 0) {
                    known.put(content, count - 1);
                    continue;
                }
            }
            if (entry.time() > lastTime) {
                lastTime = entry.time();
                printed = new HashMap<>();
            }
            if (entry.time() == lastTime) {
                printed.merge(content, 1, Integer::sum);
            }
            printer.single(entry);
        }
        printer.flush();
        List<?> dropped = Json.list(document.get("dropped_entries"));
        if (!dropped.isEmpty()) {
            console.err().println("narfi: the server left out " + dropped.size() + " lines because they came faster than they were read");
        }
    }

    /** Hands over one frame at a time: the next is asked for when the last is printed. */
    private static final class Listener implements WebSocket.Listener {
        private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(4);
        private final StringBuilder text = new StringBuilder();
        private volatile long heard = System.nanoTime();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            heard = System.nanoTime();
            text.append(data);
            if (text.length() > MAX_FRAME_CHARS) {
                put(new Event.Broken(new IOException("a frame of more than " + MAX_FRAME_CHARS + " characters")));
            } else if (last) {
                put(new Event.Frame(text.toString()));
                text.setLength(0);
            } else {
                socket.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
            heard = System.nanoTime();
            return WebSocket.Listener.super.onPing(socket, message);
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            heard = System.nanoTime();
            return WebSocket.Listener.super.onPong(socket, message);
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            put(new Event.Closed(code, reason));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            put(new Event.Broken(error));
        }

        private void put(Event event) {
            // One frame under way, then an end: it never fills.
            if (!events.offer(event)) {
                throw new IllegalStateException("more events than were asked for");
            }
        }
    }
}
