package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.VariantsExpr;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.StepGrid;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.BytesLimit;
import io.narfi.querier.coordinate.Grids;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.MetricQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.json.MetricJson;
import io.narfi.querier.json.StreamsJson;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.QueryTags;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.run.Admission.Admitted;
import io.narfi.querier.stats.QueryStats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code query_range} and {@code query}. */
final class QueryHandlers {
    private static final String FLAGS = "X-Loki-Response-Encoding-Flags";
    private static final List<String> INTERNAL_STREAMS = List.of("__aggregated_metric__", "__pattern__");

    private final QuerySupport support;
    private final LogQueries logs;
    private final MetricQueries metrics;
    private final BytesLimit bytes;
    private final boolean alignEnds;

    /** @param alignEnds whether the end of a metric query is rounded down to its step, and not up */
    QueryHandlers(QuerySupport support, LogQueries logs, MetricQueries metrics, BytesLimit bytes, boolean alignEnds) {
        this.support = requireNonNull(support, "support is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.alignEnds = alignEnds;
    }

    List<Route> routes() {
        return List.of(
                Route.getOrPost("/loki/api/v1/query_range", support.measured("query_range", this::range)).bare(),
                Route.getOrPost("/loki/api/v1/query", support.measured("query", this::instant)).bare());
    }

    private void range(Request request, Response response) throws Exception {
        String tenant = support.tenant(request);
        long now = support.now();
        QueryParams params = QueryParams.range(request.params(), now);
        Expr expr = LogQl.parse(params.query());
        QueryTags tags = QueryTags.parse(request.header(QueryTags.HEADER));
        QueryLimits limits = new QueryLimits(support.limits(tenant));
        limits.check(expr, params, tags.pairs());
        TimeRange asked = new TimeRange(params.start(), params.end());
        TimeRange range = limits.lookBack(asked, now);
        limits.checkLength(range == null ? asked : range);
        switch (expr) {
            case LogExpr log -> {
                boolean hidden = !tags.isDrilldown() && isInternal(log.selector());
                logs(request, response, tenant, log, hidden || range == null ? null : params.between(range.start(), range.end()));
            }
            case MetricExpr _, VariantsExpr _ -> {
                StepGrid grid = range == null ? null : grid(params.between(range.start(), range.end()), tenant);
                boolean hidden = !tags.isDrilldown() && isInternal(expr);
                metric(response, tenant, params.query(), hidden ? null : grid, tags, new MetricResult.Matrix(List.of()));
            }
        }
    }

    private void instant(Request request, Response response) throws Exception {
        String tenant = support.tenant(request);
        QueryParams params = QueryParams.instant(request.params(), support.now());
        Expr expr = LogQl.parse(params.query());
        QueryTags tags = QueryTags.parse(request.header(QueryTags.HEADER));
        new QueryLimits(support.limits(tenant)).check(expr, params, tags.pairs());
        switch (expr) {
            case LogExpr log -> throw ApiException.badRequest(
                    "log queries are not supported as an instant query type, please change your query to a range query type");
            case MetricExpr _, VariantsExpr _ -> {
                boolean hidden = !tags.isDrilldown() && isInternal(expr);
                MetricResult empty = new MetricResult.Vector(params.start() / Durations.MILLISECOND, List.of());
                metric(response, tenant, params.query(), hidden ? null : StepGrid.instant(params.start()), tags, empty);
            }
        }
    }

    private StepGrid grid(QueryParams params, String tenant) {
        boolean aligned = alignEnds || support.limits(tenant).splitQueriesByInterval() > 0;
        return aligned
                ? Grids.aligned(params.start(), params.end(), params.step(), alignEnds)
                : new StepGrid(params.start(), params.end(), params.step());
    }

    /** @param grid null for an answer that is known to be empty */
    private void metric(
            Response response, String tenant, String query, @Nullable StepGrid grid, QueryTags tags, MetricResult empty)
            throws Exception {
        metrics.check(query);
        if (grid == null) {
            support.write(response, out -> MetricJson.write(out, empty, List.of(), QueryStats.NONE));
            return;
        }
        int maxSeries = support.limits(tenant).maxQuerySeries();
        support.answer(
                tenant,
                response,
                context -> {
                    bytes.check(query, grid, support.limits(tenant).maxQueryBytesRead(), context);
                    return metrics.run(query, grid, maxSeries, tags.isDrilldown(), context);
                },
                (out, answer, admitted) -> MetricJson.write(
                        out,
                        answer.result(),
                        answer.warnings(),
                        stats(admitted, answer.samples(), answer.splits(), answer.tasks())));
    }

    /** @param params null for an answer that is known to be empty */
    private void logs(Request request, Response response, String tenant, LogExpr log, @Nullable QueryParams params) throws Exception {
        // Errors of stages show before anything is read, also when there is nothing to read.
        var _ = Pipeline.compile(log.stages());
        String flags = request.header(FLAGS);
        if (params == null) {
            support.write(response, out -> StreamsJson.write(out, flags, List.of(), List.of(), QueryStats.NONE));
            return;
        }
        support.answer(
                tenant,
                response,
                context -> {
                    bytes.check(log, new TimeRange(params.start(), params.end() - 1), support.limits(tenant).maxQueryBytesRead(), context);
                    return logs.run(params, support.limits(tenant).splitQueriesByInterval(), context);
                },
                (out, answer, query) -> StreamsJson.write(
                        out,
                        flags,
                        answer.rows(),
                        List.of(),
                        stats(query, answer.rows().size(), answer.splits(), answer.tasks())));
    }

    private static QueryStats stats(Admitted query, long entries, int splits, int tasks) {
        return new QueryStats(query.context().stats(), query.execNanos(), query.queueNanos(), entries, splits, tasks);
    }

    /** Whether a selector asks for streams that Loki writes for Logs Drilldown alone. */
    private static boolean isInternal(List<LabelMatcher> selector) {
        return selector.stream().anyMatch(m -> INTERNAL_STREAMS.contains(m.name()));
    }

    private static boolean isInternal(Expr expr) {
        return switch (expr) {
            case LogExpr log -> isInternal(log.selector());
            case VariantsExpr variants -> isInternal(variants.of().log());
            case MetricExpr.RangeAggregation range -> isInternal(range.range().log().selector());
            case MetricExpr.VectorAggregation vector -> isInternal(vector.inner());
            case MetricExpr.Binary binary -> isInternal(binary.left()) || isInternal(binary.right());
            case MetricExpr.LabelReplace replace -> isInternal(replace.inner());
            case MetricExpr.Literal literal -> false;
            case MetricExpr.Vector vector -> false;
        };
    }
}
