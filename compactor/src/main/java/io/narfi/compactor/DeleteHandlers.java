package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Handler;
import io.narfi.http.Params;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.storage.catalog.DeleteRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /loki/api/v1/delete} and what belongs to it ({@code http-api.md} §13). Parameters come from the query string alone. */
final class DeleteHandlers {
    private static final Logger log = LoggerFactory.getLogger(DeleteHandlers.class);
    private static final String PATH = "/loki/api/v1/delete";

    private final Tenants tenants;
    private final TenantLimits limits;
    private final Supplier<DeleteRequests> requests;
    private final DeleteSettings settings;
    private final InstantSource clock;

    /** @param requests asked for with each request */
    DeleteHandlers(Tenants tenants, TenantLimits limits, Supplier<DeleteRequests> requests, DeleteSettings settings, InstantSource clock) {
        this.tenants = requireNonNull(tenants, "tenants is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.requests = requireNonNull(requests, "requests is null");
        this.settings = requireNonNull(settings, "settings is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    List<Route> routes() {
        return List.of(
                Route.of(Set.of("POST", "PUT"), PATH, failing(this::create)),
                Route.get(PATH, failing(this::list)),
                Route.of(Set.of("DELETE"), PATH, failing(this::cancel)),
                Route.get("/loki/api/v1/cache/generation_numbers", failing(this::generation)));
    }

    /** Failures of the store as answers. */
    private static Handler failing(Handler handler) {
        return (request, response) -> {
            try {
                handler.handle(request, response);
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                if (response.started()) {
                    throw e;
                }
                log.error("a delete request failed request={}", request.id(), e);
                throw new ApiException(500, "the delete request could not be served: " + e.getMessage(), e);
            }
        };
    }

    private String tenant(Request request) {
        String tenant = tenants.single(request.header(Tenants.HEADER));
        if (limits.forTenant(tenant).deletionMode().equals("disabled")) {
            throw new ApiException(403, "deletion is not available for this tenant");
        }
        return tenant;
    }

    private void create(Request request, Response response) throws IOException {
        String tenant = tenant(request);
        DeleteParams params = DeleteParams.parse(Params.parse(request.rawQuery()), settings, clock.millis());
        String id = requests.get().create(tenant, params);
        log.info("delete request tenant={} id={} from={} to={} query={}", tenant, id, params.from(), params.to(), params.query());
        response.status(204).header("X-Delete-Request-ID", id).send(new byte[0]);
    }

    private void cancel(Request request, Response response) throws IOException {
        String tenant = tenant(request);
        Params params = Params.parse(request.rawQuery());
        String id = params.getOrEmpty("request_id");
        requests.get().cancel(tenant, id, params.getOrEmpty("force").equals("true"));
        log.info("delete request cancelled tenant={} id={}", tenant, id);
        response.status(204).send(new byte[0]);
    }

    private void list(Request request, Response response) throws IOException {
        String tenant = tenant(request);
        Params params = Params.parse(request.rawQuery());
        String start = params.getOrEmpty("start");
        String end = params.getOrEmpty("end");
        long from = Long.MIN_VALUE;
        long to = Long.MAX_VALUE;
        if (!start.isEmpty() && !end.isEmpty()) {
            from = DeleteParams.time(start, "start") * Durations.MILLISECOND;
            to = DeleteParams.time(end, "end") * Durations.MILLISECOND;
        }
        boolean activeOnly = params.getOrEmpty("for_querytime_filtering").equals("true");
        DeleteRequests all = requests.get();
        List<String> rows = new ArrayList<>();
        for (DeleteRequest r : all.of(tenant).requests()) {
            if (r.touches(from, to) && (r.isActive() || !activeOnly)) {
                rows.add(json(r, all));
            }
        }
        sendJson(response, "[" + String.join(",", rows) + "]\n");
    }

    private static String json(DeleteRequest r, DeleteRequests all) {
        String status =
                switch (r.status()) {
                    case RECEIVED -> "received";
                    case STARTED -> all.percent(r) + "% Complete";
                    case PROCESSED -> "processed";
                };
        return "{\"request_id\":" + quoted(r.id())
                + ",\"start_time\":" + seconds(r.from() / Durations.MILLISECOND)
                + ",\"end_time\":" + seconds(r.to() / Durations.MILLISECOND)
                + ",\"query\":" + quoted(r.query())
                + ",\"status\":" + quoted(status)
                + ",\"created_at\":" + seconds(r.createdAt())
                + ",\"user_id\":\"\"}";
    }

    private static String seconds(long millis) {
        return BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString();
    }

    /** As Go writes it. */
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
                        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }

    private void generation(Request request, Response response) throws IOException {
        String tenant = tenants.single(request.header(Tenants.HEADER));
        long generation = requests.get().of(tenant).generation();
        sendJson(response, "\"" + (generation == 0 ? "" : generation) + "\"\n");
    }

    private static void sendJson(Response response, String json) throws IOException {
        response.send(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }
}
