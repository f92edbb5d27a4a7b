package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.http.Call;
import io.narfi.http.CallTimeoutException;
import io.narfi.http.Caller;
import io.narfi.http.Duplex;
import io.narfi.http.Headers;
import io.narfi.http.NotSentException;
import io.narfi.http.Reply;
import io.narfi.http.Request;
import io.narfi.http.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes requests to one group of replicas. What is tried again: see the package's description. */
final class Proxy {
    private static final Logger logger = LoggerFactory.getLogger(Proxy.class);
    private static final int PIECE_BYTES = 32 << 10;

    private final UpstreamGroup group;
    private final @Nullable Authenticator authenticator;
    private final Caller caller;
    private final KeptBodies bodies;
    private final int attempts;
    private final Duration timeout;
    private final MeterRegistry registry;
    private final Counter retries;
    private final Counter ejections;

    Proxy(UpstreamGroup group, @Nullable Authenticator authenticator, Caller caller, KeptBodies bodies, GatewayConfig config, MeterRegistry registry) {
        this.group = requireNonNull(group, "group is null");
        this.authenticator = authenticator;
        this.caller = requireNonNull(caller, "caller is null");
        this.bodies = requireNonNull(bodies, "bodies is null");
        this.attempts = config.attempts();
        this.timeout = group.kind() == UpstreamKind.WRITE ? config.pushTimeout() : config.requestTimeout();
        this.registry = requireNonNull(registry, "registry is null");
        this.retries = Counter.builder("narfi.gateway.retries")
                .description("Requests sent to another replica")
                .tag("group", group.kind().label())
                .register(registry);
        this.ejections = Counter.builder("narfi.gateway.ejections")
                .description("Replicas that get nothing for a while because they failed")
                .tag("group", group.kind().label())
                .register(registry);
    }

    void handle(Request request, Response response) throws IOException, InterruptedException {
        String tenant = null;
        if (authenticator != null) {
            Identity identity = authenticator.authenticate(request.header("Authorization"));
            if (identity == null) {
                response.header("WWW-Authenticate", "Basic realm=\"narfi\"")
                        .header("X-Content-Type-Options", "nosniff")
                        .send(401, "text/plain; charset=utf-8", "unauthorized\n".getBytes(StandardCharsets.UTF_8));
                return;
            }
            tenant = authenticator.tenant(identity, group.kind(), request.header("X-Scope-OrgID"));
        }
        Headers headers = ProxyHeaders.forService(request, tenant);
        try (KeptBodies.Kept body = bodies.take(request)) {
            forward(request, response, headers, body);
        }
    }

    private void forward(Request request, Response response, Headers headers, KeptBodies.Kept body) throws IOException, InterruptedException {
        boolean changesNothingTwice = group.kind() != UpstreamKind.BACKEND || request.method().equals("GET") || request.method().equals("HEAD");
        boolean repeatable = body.repeatable() && changesNothingTwice;
        Set<Upstream> tried = new HashSet<>();
        IOException last = null;
        for (int attempt = 1; attempt <= attempts; attempt++) {
            Upstream replica = group.pick(tried);
            if (replica == null) {
                break;
            }
            if (attempt > 1) {
                retries.increment();
            }
            tried.add(replica);
            boolean more = repeatable && attempt < attempts && tried.size() < group.replicas().size();
            replica.began();
            try (Reply reply = caller.call(call(request, replica, headers, body))) {
                boolean unwell = reply.status() == 502 || reply.status() == 503;
                count(Integer.toString(reply.status()));
                if (unwell) {
                    failed(replica, false);
                } else {
                    replica.succeeded();
                }
                if (!unwell || !more) {
                    pass(reply, response);
                    return;
                }
            } catch (NotSentException e) {
                count("not_sent");
                last = e;
                if (e.getCause() == null) {
                    // Our own pool is full, the replica is not to blame.
                    throw unavailable(503, "too many requests under way", e);
                }
                failed(replica, true);
            } catch (CallTimeoutException e) {
                count("timeout");
                failed(replica, false);
                if (response.started()) {
                    throw e;
                }
                throw unavailable(504, "the " + group.kind().label() + " service did not answer in time", e);
            } catch (IOException e) {
                if (response.started() || request.cancelled()) {
                    throw e;
                }
                count("broken");
                failed(replica, false);
                last = e;
                if (!more) {
                    break;
                }
            } finally {
                replica.ended();
            }
        }
        if (last == null) {
            throw new ApiException(503, "no " + group.kind().label() + " service is available");
        }
        throw unavailable(502, "the " + group.kind().label() + " service cannot be reached", last);
    }

    private Call call(Request request, Upstream replica, Headers headers, KeptBodies.Kept body) {
        Call call = new Call(request.method(), replica.uri(), request.target(), headers, body.body(), timeout);
        String upgrade = request.header("Upgrade");
        if (upgrade != null && upgrade.equalsIgnoreCase("websocket") && request.headers().hasToken("Connection", "upgrade")) {
            return call.upgrade(upgrade);
        }
        return call;
    }

    private static ApiException unavailable(int status, String text, IOException cause) {
        logger.warn("status={} {}: {}", status, text, cause.getMessage());
        return new ApiException(status, text, cause);
    }

    private void failed(Upstream replica, boolean atOnce) {
        if (replica.failed(atOnce)) {
            ejections.increment();
            logger.warn("replica ejected group={} replica={}", group.kind().label(), replica);
        }
    }

    private void count(String outcome) {
        Counter.builder("narfi.gateway.upstream.replies")
                .description("Answers of replicas by status, or how they failed")
                .tag("group", group.kind().label())
                .tag("outcome", outcome)
                .register(registry)
                .increment();
    }

    private static void pass(Reply reply, Response response) throws IOException, InterruptedException {
        ProxyHeaders.endToEnd(reply.headers()).forEach(response.headers()::add);
        Duplex service = reply.duplex();
        if (service != null) {
            Tunnel.run(response.switchProtocols("websocket"), service);
            return;
        }
        response.status(reply.status());
        String length = reply.headers().get("Content-Length");
        boolean announced = length != null && length.matches("[0-9]{1,18}");
        InputStream in = reply.body();
        try (OutputStream out = announced ? response.stream(Long.parseLong(length)) : response.stream()) {
            byte[] piece = new byte[PIECE_BYTES];
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                out.write(piece, 0, n);
                if (!announced && in.available() == 0) {
                    // A stream that pauses must not wait here for more.
                    out.flush();
                }
            }
        }
    }
}
