package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Service;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpCallerConfig;
import io.narfi.http.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Passes requests by their path to the write, read and backend services. Its {@link #routes} are served by the process's HTTP server, which
 * brings TLS and the limits of connections; {@code /ready} and {@code /metrics} are the server's own, and every other path is 404.
 */
public final class Gateway implements Service {
    /** The paths of each service, contract/http-api.md §1.2; what is of one process (flush, shutdown, log level …) is not passed on. */
    private static final Map<UpstreamKind, List<String>> PATHS = Map.of(
            UpstreamKind.WRITE,
            List.of("/loki/api/v1/push", "/api/prom/push", "/otlp/v1/logs"),
            UpstreamKind.READ,
            List.of(
                    "/loki/api/v1/query",
                    "/loki/api/v1/query_range",
                    "/loki/api/v1/labels",
                    "/loki/api/v1/label",
                    "/loki/api/v1/label/{name}/values",
                    "/loki/api/v1/series",
                    "/loki/api/v1/index/stats",
                    "/loki/api/v1/index/shards",
                    "/loki/api/v1/index/volume",
                    "/loki/api/v1/index/volume_range",
                    "/loki/api/v1/patterns",
                    "/loki/api/v1/detected_labels",
                    "/loki/api/v1/detected_fields",
                    "/loki/api/v1/detected_field/{name}/values",
                    "/loki/api/v1/tail",
                    "/narfi/api/v1/export",
                    "/loki/api/v1/format_query",
                    "/loki/api/v1/drilldown-limits",
                    "/loki/api/v1/status/buildinfo",
                    "/config/tenant/v1/limits",
                    "/api/prom/query",
                    "/api/prom/label",
                    "/api/prom/label/{name}/values",
                    "/api/prom/series",
                    "/api/prom/tail",
                    "/narfi/api/v1/explain"),
            UpstreamKind.BACKEND,
            List.of(
                    "/loki/api/v1/delete",
                    "/loki/api/v1/cache/generation_numbers",
                    "/loki/api/v1/rules",
                    "/loki/api/v1/rules/{rest...}",
                    "/api/prom/rules",
                    "/api/prom/rules/{rest...}",
                    "/prometheus/api/v1/rules",
                    "/prometheus/api/v1/alerts"));

    private final GatewayConfig config;
    private final HttpCaller caller;
    private final Map<UpstreamKind, UpstreamGroup> groups = new EnumMap<>(UpstreamKind.class);
    private final List<Route> routes = new ArrayList<>();
    private final @Nullable Users users;
    private final Upkeep upkeep;
    private volatile State state = State.New;

    /**
     * Reads the users file; connects to nothing yet.
     *
     * @throws IOException if the users file cannot be read
     * @throws io.narfi.common.config.ConfigException if the users file cannot be understood
     */
    public Gateway(GatewayConfig config, MeterRegistry registry) throws IOException {
        this(config, registry, InetAddress::getAllByName);
    }

    Gateway(GatewayConfig config, MeterRegistry registry, UpstreamGroup.Resolver resolver) throws IOException {
        this.config = requireNonNull(config, "config is null");
        requireNonNull(registry, "registry is null");
        Authenticator authenticator = null;
        Path usersFile = config.usersFile();
        if (usersFile == null) {
            users = null;
        } else {
            users = new Users(usersFile, registry);
            authenticator = new Authenticator(users::current, registry);
        }
        caller = new HttpCaller(callerConfig(config), registry);
        KeptBodies bodies = new KeptBodies(config, registry);
        for (UpstreamKind kind : UpstreamKind.values()) {
            UpstreamGroup group = new UpstreamGroup(kind, addresses(kind), resolver, this::replica);
            groups.put(kind, group);
            Gauge.builder("narfi.gateway.replicas", group, g -> g.replicas().size())
                    .description("Known replicas")
                    .tag("group", kind.label())
                    .register(registry);
            Gauge.builder("narfi.gateway.replicas.usable", group, UpstreamGroup::usable)
                    .description("Replicas that are ready and not ejected")
                    .tag("group", kind.label())
                    .register(registry);
            Proxy proxy = new Proxy(group, authenticator, caller, bodies, config, registry);
            for (String path : requireNonNull(PATHS.get(kind))) {
                routes.add(Route.any(path, proxy::handle).maxBodyBytes(config.maxBodyBytes()));
            }
        }
        List<Upkeep.Task> tasks = new ArrayList<>();
        tasks.add(new Upkeep.Task("resolve", config.resolveInterval(), this::resolve));
        ReadyChecks checks = new ReadyChecks(List.copyOf(groups.values()), caller, config.checkTimeout());
        tasks.add(new Upkeep.Task("check", config.checkInterval(), checks::run));
        if (users != null) {
            tasks.add(new Upkeep.Task("users", config.usersInterval(), users::reload));
        }
        upkeep = new Upkeep(tasks);
    }

    private static HttpCallerConfig callerConfig(GatewayConfig config) {
        return HttpCallerConfig.DEFAULT
                .connections(config.connections(), config.connections())
                .connectTimeout(Duration.ofSeconds(2))
                .readTimeout(Duration.ofSeconds(60))
                .responseTimeout(config.requestTimeout());
    }

    private List<URI> addresses(UpstreamKind kind) {
        return switch (kind) {
            case WRITE -> config.write();
            case READ -> config.read();
            case BACKEND -> config.backend();
        };
    }

    private Upstream replica(URI uri) {
        return new Upstream(uri, config.ejection(), config.maxEjection(), System::nanoTime);
    }

    private void resolve() {
        groups.values().forEach(UpstreamGroup::resolve);
    }

    /** What the process's HTTP server must serve. */
    public List<Route> routes() {
        return List.copyOf(routes);
    }

    @Override
    public String name() {
        return "gateway";
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public void start() {
        state = State.Starting;
        resolve();
        upkeep.start();
        state = State.Running;
    }

    /** Ends the upkeep and the connections; the HTTP server must have been drained before. */
    @Override
    public void stop() throws InterruptedException {
        state = State.Stopping;
        upkeep.stop();
        caller.close();
        state = State.Terminated;
    }
}
