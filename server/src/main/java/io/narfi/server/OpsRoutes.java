package io.narfi.server;

import static java.util.Objects.requireNonNull;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Limits;
import io.narfi.common.Service;
import io.narfi.common.Tenants;
import io.narfi.common.config.ConfigReader;
import io.narfi.common.config.ConfigWriter;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** The operational endpoints that every target has ({@code http-api.md} §12.2, 12.3, 15). */
final class OpsRoutes {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json; charset=utf-8";

    private final NarfiConfig config;
    private final RuntimeOverrides overrides;
    private final PrometheusMeterRegistry registry;
    private final List<Service> services;
    private final BooleanSupplier stopping;
    private final PublishedLimits published;

    /** @param services what {@code /services} and {@code /ready} report on */
    OpsRoutes(
            NarfiConfig config, RuntimeOverrides overrides, PrometheusMeterRegistry registry, List<Service> services, BooleanSupplier stopping) {
        this.config = requireNonNull(config, "config is null");
        this.overrides = requireNonNull(overrides, "overrides is null");
        this.registry = requireNonNull(registry, "registry is null");
        this.services = List.copyOf(services);
        this.stopping = requireNonNull(stopping, "stopping is null");
        this.published = new PublishedLimits(config.tenantLimitsAllowPublish());
    }

    List<Route> routes() {
        return List.of(
                Route.get("/ready", this::ready),
                Route.get("/metrics", this::metrics),
                Route.get("/services", this::services),
                Route.get("/config", this::config),
                Route.get("/config/tenant/v1/limits", this::tenantLimits),
                Route.get("/loki/api/v1/drilldown-limits", this::drilldownLimits),
                Route.of(Set.of("GET", "POST"), "/log_level", this::logLevel),
                Route.get("/loki/api/v1/status/buildinfo", this::buildInfo));
    }

    private void ready(Request request, Response response) throws IOException {
        if (stopping.getAsBoolean()) {
            throw new ApiException(503, "Application is stopping");
        }
        Map<Service.State, Integer> counts = new EnumMap<>(Service.State.class);
        for (Service s : services) {
            counts.merge(s.state(), 1, Integer::sum);
        }
        if (counts.keySet().stream().anyMatch(s -> s != Service.State.Running)) {
            StringBuilder text = new StringBuilder("Some services are not Running:\n");
            counts.forEach((state, n) -> text.append(state).append(": ").append(n).append('\n'));
            throw new ApiException(503, text.toString());
        }
        response.sendText(200, "ready\n");
    }

    private void metrics(Request request, Response response) throws IOException {
        String accept = request.header("Accept");
        String type = accept != null && accept.contains("application/openmetrics-text")
                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8";
        response.send(200, type, registry.scrape(type).getBytes(StandardCharsets.UTF_8));
    }

    private void services(Request request, Response response) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Service s : services) {
            text.append(s.name()).append(" => ").append(s.state()).append('\n');
        }
        response.sendText(200, text.toString());
    }

    private void config(Request request, Response response) throws IOException {
        String text = switch (request.params().getOrEmpty("mode")) {
            case "diff" -> ConfigWriter.writeDifference(config);
            case "defaults" -> ConfigWriter.write(ConfigReader.defaults(NarfiConfig.class));
            default -> ConfigWriter.write(config);
        };
        response.send(200, TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    private void tenantLimits(Request request, Response response) throws IOException {
        response.send(200, TEXT, bytes(published.yaml(limits(request))));
    }

    private void drilldownLimits(Request request, Response response) throws IOException {
        String body = published.json(limits(request), config.patternIngester().enabled(), BuildInfo.current().lokiVersion());
        response.send(200, "application/json", bytes(body));
    }

    /** Needs the tenant header even when authentication is off, as in Loki. */
    private Limits limits(Request request) {
        return overrides.forTenant(new Tenants(true).single(request.header(Tenants.HEADER)));
    }

    private void logLevel(Request request, Response response) throws IOException {
        if (request.method().equals("GET")) {
            response.send(200, JSON, bytes("{\"message\":\"Current log level is " + LogLevels.current() + "\"}\n"));
            return;
        }
        String level = request.params().getOrEmpty("log_level");
        if (LogLevels.set(level)) {
            response.send(200, JSON, bytes("{\"status\":\"success\",\"message\":\"Log level set to " + level + "\"}\n"));
        } else {
            String quoted = jsonText("unrecognized log level \"" + level + "\"");
            response.send(400, JSON, bytes("{\"status\":\"failed\",\"message\":" + quoted + "}\n"));
        }
    }

    private void buildInfo(Request request, Response response) throws IOException {
        BuildInfo b = BuildInfo.current();
        String body = "{\"version\":" + jsonText(b.lokiVersion()) + ",\"revision\":" + jsonText(b.revision()) + ",\"branch\":\"HEAD\",\"buildUser\":\"narfi@"
                + b.version() + "\",\"buildDate\":" + jsonText(b.date()) + ",\"goVersion\":\"java" + Runtime.version().feature() + "\"}\n";
        response.send(200, "application/json", bytes(body));
    }

    static String jsonText(String s) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }
}
