package io.narfi.querier.data;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Caller;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Router;
import io.narfi.querier.Querier;
import io.narfi.querier.QuerierConfig;
import io.narfi.querier.source.RangeReaders;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A querier with its HTTP server on the loopback address. */
public final class RunningQuerier {
    private boolean stopped;
    private final Querier querier;
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    public RunningQuerier(Bucket bucket, QuerierConfig config, Limits limits, boolean auth, Caller caller, InstantSource clock)
            throws Exception {
        this(bucket, config, limits, auth, caller, clock, 0);
    }

    /** @param port 0 for a free one */
    public RunningQuerier(
            Bucket bucket, QuerierConfig config, Limits limits, boolean auth, Caller caller, InstantSource clock, int port)
            throws Exception {
        this(bucket, config, TenantLimits.fixed(limits), auth, caller, clock, port);
    }

    /** @param port 0 for a free one */
    public RunningQuerier(
            Bucket bucket, QuerierConfig config, TenantLimits limits, boolean auth, Caller caller, InstantSource clock, int port)
            throws Exception {
        this.querier = new Querier(
                config,
                new Tenants(auth),
                limits,
                bucket.snapshots(),
                RangeReaders.of(bucket.store()),
                caller,
                peer -> peer.port() == port(),
                clock,
                registry);
        this.server = new HttpServer(HttpServerConfig.of("127.0.0.1", port), new Router("", querier.routes()), registry);
        querier.start();
        server.start();
    }

    /** A caller for queriers without peers. */
    public static Caller noCaller() {
        return call -> {
            throw new IOException("no peer should be called");
        };
    }

    public int port() {
        return server.port();
    }

    public SimpleMeterRegistry registry() {
        return registry;
    }

    /** GET with parameters, names and values in turn. */
    public HttpResponse<String> get(String path, String... params) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path, params)).GET().build());
    }

    public HttpResponse<String> postBytes(String path, String contentType, byte[] body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    public HttpResponse<String> post(String path, String... params) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(encode(params)))
                .build());
    }

    /** GET with one header. */
    public HttpResponse<String> getWith(String header, @Nullable String value, String path, String... params)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, params)).GET();
        if (value != null) {
            request.header(header, value);
        }
        return send(request.build());
    }

    /** GET with header fields. */
    public HttpResponse<String> getWith(Map<String, String> headers, String path, String... params)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, params)).GET();
        headers.forEach(request::header);
        return send(request.build());
    }

    /** POST of a form to a path with a query string. */
    public HttpResponse<String> postTo(URI uri, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    public HttpClient client() {
        return client;
    }

    public URI uri(String path, String... params) {
        return URI.create("http://127.0.0.1:" + port() + path + (params.length == 0 ? "" : "?" + encode(params)));
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    private static String encode(String... params) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < params.length; i += 2) {
            out.append(i == 0 ? "" : "&").append(params[i]).append('=');
            out.append(URLEncoder.encode(params[i + 1], StandardCharsets.UTF_8));
        }
        return out.toString();
    }

    /** Stopping again does nothing. */
    public void stop() throws Exception {
        if (stopped) {
            return;
        }
        stopped = true;
        client.close();
        server.stop();
        querier.stop();
    }
}
