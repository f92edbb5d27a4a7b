package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.http.WebSocket;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.QueryTags;
import io.narfi.querier.params.TailParams;
import io.narfi.querier.params.TimeRange;
import io.narfi.storage.ScanRequest.Direction;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** {@code tail}: checks the request, shakes hands, and lets a {@link TailSession} serve it. */
public final class TailApi {
    private static final String FLAGS = "X-Loki-Response-Encoding-Flags";
    private static final int UNAUTHORIZED = 401;

    private final Tenants tenants;
    private final TenantLimits limits;
    private final Tails tails;
    private final InstantSource clock;

    public TailApi(Tenants tenants, TenantLimits limits, Tails tails, InstantSource clock) {
        this.tenants = requireNonNull(tenants, "tenants is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.tails = requireNonNull(tails, "tails is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    public List<Route> routes() {
        return List.of(
                Route.getOrPost("/loki/api/v1/tail", (request, response) -> serve(request, response, TailForm.of(request.header(FLAGS)))).bare(),
                Route.getOrPost("/api/prom/tail", (request, response) -> serve(request, response, TailForm.LEGACY)).bare());
    }

    private void serve(Request request, Response response, TailForm form) throws IOException {
        String tenant;
        try {
            tenant = tenants.single(request.header(Tenants.HEADER));
        } catch (ApiException e) {
            if (e.status() != UNAUTHORIZED) {
                throw e;
            }
            // Written in front of the handlers, with a newline.
            response.header("X-Content-Type-Options", "nosniff").sendText(UNAUTHORIZED, e.text() + "\n");
            return;
        }
        Instant t = clock.instant();
        long now = t.getEpochSecond() * Durations.SECOND + t.getNano();
        TailParams params = TailParams.read(request.params(), now);
        Expr expr = LogQl.parse(params.query());
        if (expr instanceof LogExpr log) {
            // Errors of stages show before the handshake.
            var _ = Pipeline.compile(log.stages());
        }
        Limits its = limits.forTenant(tenant);
        QueryLimits checks = new QueryLimits(its);
        QueryParams asked = new QueryParams(params.query(), params.start(), now, 1, 0, params.limit(), Direction.BACKWARD);
        checks.check(expr, asked, QueryTags.parse(request.header(QueryTags.HEADER)).pairs());
        TimeRange range = checks.lookBack(new TimeRange(params.start(), Math.max(now, params.start())), now);
        long start = range == null ? now : range.start();
        try (WebSocket socket = WebSocket.accept(request, response)) {
            if (socket != null) {
                TailQuery query = new TailQuery(tenant, params.query(), form);
                TailSession session = new TailSession(tails, socket, request);
                if (expr instanceof LogExpr) {
                    session.serve(query, start, params.limit(), params.delayNanos(), its.maxConcurrentTailRequests());
                } else {
                    session.end("only log selector is supported");
                }
            }
        }
    }
}
