package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a server with Loki's HTTP API. What did not arrive, 429 and 5xx are repeated as often as the {@link Connection} says;
 * everything but 2xx ends as a {@link CliException} with the server's text.
 */
final class ApiClient implements AutoCloseable {
    /** A query longer than this goes into a form; servers and proxies refuse long URLs. */
    private static final int MAX_URL_QUERY = 4000;
    private static final int MAX_ERROR_TEXT = 64 << 10;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

    private final Connection connection;
    private final @Nullable PrintStream trace;
    private final HttpClient http;

    /** @param trace gets the URL of each request, or null */
    ApiClient(Connection connection, @Nullable PrintStream trace) {
        this.connection = requireNonNull(connection, "connection is null");
        this.trace = trace;
        if (connection.skipVerify()) {
            // The JDK's client has no other switch; it is read when the first client is made.
            System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NORMAL);
        if (connection.caCertificates() != null || connection.certificate() != null || connection.skipVerify()) {
            builder.sslContext(Tls.context(connection));
        }
        URI proxy = connection.proxy();
        if (proxy != null) {
            builder.proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort() < 0 ? 80 : proxy.getPort())));
        } else {
            builder.proxy(HttpClient.Builder.NO_PROXY);
        }
        this.http = builder.build();
    }

    /** GET, or POST with a form if the parameters are long; the answer is JSON. */
    @Nullable Object json(String path, Params params) {
        try (InputStream body = open(path, params)) {
            return Json.read(body);
        } catch (IOException e) {
            throw new CliException("the answer of " + url(path) + " cannot be read: " + message(e), e);
        }
    }

    /** As {@link #json}, the answer as it comes. Reading it fails if the connection breaks before its end. */
    InputStream open(String path, Params params) {
        return open(path, params, Map.of());
    }

    /** The same with further headers. */
    InputStream open(String path, Params params, Map<String, String> headers) {
        String query = params.toString();
        boolean fits = query.length() <= MAX_URL_QUERY;
        HttpRequest.Builder request = fits
                ? builder(path + (query.isEmpty() ? "" : "?" + query)).GET()
                : builder(path).POST(BodyPublishers.ofString(query)).header("Content-Type", "application/x-www-form-urlencoded");
        headers.forEach(request::header);
        return sendOk(request.build()).body();
    }

    /** Sends a request with parameters in the URL and no body; returns the answer's headers. */
    Map<String, List<String>> call(String method, String path, Params params) {
        Ok response = sendOk(request(method, path + "?" + params, BodyPublishers.noBody()));
        try (InputStream body = response.body()) {
            body.readAllBytes();
        } catch (IOException e) {
            throw new CliException("the answer of " + url(path) + " cannot be read: " + message(e), e);
        }
        return response.headers();
    }

    /** What a server said; the text is cut off at 64 KiB. */
    record Outcome(int status, String text) {}

    /**
     * Posts a body once, without repetition.
     *
     * @param within how long to wait for the answer
     * @throws IOException if none came
     */
    Outcome post(String path, byte[] body, String contentType, @Nullable String encoding, Duration within) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                builder(path).timeout(within).POST(BodyPublishers.ofByteArray(body)).header("Content-Type", contentType);
        if (encoding != null) {
            request.header("Content-Encoding", encoding);
        }
        HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream in = decoded(response)) {
            return new Outcome(response.statusCode(), text(in));
        }
    }

    /**
     * Opens a WebSocket.
     *
     * @throws IOException if the handshake fails, with the server's text if there is one
     */
    WebSocket webSocket(String path, Params params, WebSocket.Listener listener) throws IOException, InterruptedException {
        URI at = url(path + "?" + params);
        trace(at.toString());
        String scheme = "https".equals(at.getScheme()) ? "wss" : "ws";
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(CONNECT_TIMEOUT);
        connection.headers().forEach(h -> builder.header(h.getKey(), h.getValue()));
        try {
            return builder.buildAsync(URI.create(scheme + at.toString().substring(at.getScheme().length())), listener).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof java.net.http.WebSocketHandshakeException refused) {
                throw new HandshakeRefusedException(refused.getResponse().statusCode(), refused);
            }
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(e.getCause());
        }
    }

    /** A server that answered a WebSocket's handshake with something else than 101. */
    static final class HandshakeRefusedException extends IOException {
        private static final long serialVersionUID = 1L;
        private final int status;

        HandshakeRefusedException(int status, Throwable cause) {
            super("the server refused the WebSocket with status " + status, cause);
            this.status = status;
        }

        /** The HTTP status. */
        int status() {
            return status;
        }
    }

    private HttpRequest request(String method, String pathAndQuery, BodyPublisher body) {
        return builder(pathAndQuery).method(method, body).build();
    }

    private HttpRequest.Builder builder(String pathAndQuery) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url(pathAndQuery));
        try {
            connection.headers().forEach(h -> request.header(h.getKey(), h.getValue()));
        } catch (IllegalArgumentException e) {
            throw new CliException(message(e), e);
        }
        if (connection.compress()) {
            request.header("Accept-Encoding", "gzip");
        }
        return request;
    }

    private URI url(String pathAndQuery) {
        return URI.create(connection.address() + pathAndQuery);
    }

    private void trace(String text) {
        if (trace != null) {
            trace.println(text);
        }
    }

    private Ok sendOk(HttpRequest request) {
        trace(request.uri().toString());
        for (int repetition = 0; ; repetition++) {
            CliException failure;
            boolean worthIt = true;
            try {
                HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
                int status = response.statusCode();
                if (status / 100 == 2) {
                    return new Ok(response.headers().map(), decoded(response));
                }
                try (InputStream body = decoded(response)) {
                    failure = new CliException("the server answered " + status + ": " + text(body).strip());
                }
                worthIt = status == 429 || status / 100 == 5;
            } catch (IOException e) {
                failure = new CliException(unreachable(request.uri(), e), e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            if (!worthIt || repetition >= connection.retries()) {
                throw failure;
            }
            Duration pause = connection.backoff(repetition);
            trace(failure.getMessage() + "; trying again in " + pause.toMillis() + " ms");
            sleep(pause);
        }
    }

    static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static CliException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CliException("interrupted", e);
    }

    private static String unreachable(URI uri, IOException e) {
        String where = uri.getScheme() + "://" + uri.getRawAuthority();
        return e instanceof ConnectException ? "cannot connect to " + where + ": " + message(e) : "the request to " + where + " failed: " + message(e);
    }

    /** The text of a failure, for those whose exceptions have none. */
    static String message(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t.getMessage() != null) {
                return t.getMessage();
            }
        }
        return e instanceof ConnectException ? "connection refused" : e.getClass().getSimpleName();
    }

    private static InputStream decoded(HttpResponse<InputStream> response) throws IOException {
        boolean gzip = response.headers().firstValue("Content-Encoding").map("gzip"::equalsIgnoreCase).orElse(false);
        return gzip ? new GZIPInputStream(response.body(), 32 << 10) : response.body();
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readNBytes(MAX_ERROR_TEXT), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        // Waits for requests under way, and a tail that was given up is one.
        http.shutdownNow();
    }

    /** A 2xx answer with its body decompressed. */
    private record Ok(Map<String, List<String>> headers, InputStream body) {}
}
