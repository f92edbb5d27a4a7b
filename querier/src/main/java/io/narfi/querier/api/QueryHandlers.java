package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Limits;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.VariantsExpr;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.MetricResult;
import io.narfi.logql.engine.StepGrid;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.BytesLimit;
import io.narfi.querier.coordinate.Grids;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.MetricQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.json.MetricJson;
import io.narfi.querier.json.PromProtobuf;
import io.narfi.querier.json.StreamsJson;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.run.Admission.Admitted;
import io.narfi.querier.stats.QueryStats;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code query_range} and {@code query}. */
final class QueryHandlers {
    static final String FLAGS = "X-Loki-Response-Encoding-Flags";
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
        Asker asker = support.asker(request);
        long now = support.now();
        QueryParams params = QueryParams.range(request.params(), now);
        Expr expr = LogQl.parse(params.query());
        QueryLimits limits = new QueryLimits(asker.limits());
        limits.check(expr, params, asker.tags().pairs());
        TimeRange asked = new TimeRange(params.start(), params.end());
        TimeRange range = limits.lookBack(asked, now);
        limits.checkLength(range == null ? asked : range);
        limits.checkContext(asker.narrowed().context());
        boolean hidden = range == null || (!asker.isDrilldown() && isInternal(expr));
        QueryParams cut = range == null ? params : params.between(range.start(), range.end());
        switch (expr) {
            case LogExpr log -> logs(request, response, asker, log, cut, hidden);
            case MetricExpr _, VariantsExpr _ ->
                metric(request, response, asker, cut, hidden ? null : grid(cut, asker.limits()), new MetricResult.Matrix(List.of()));
        }
    }

    private void instant(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        QueryParams params = QueryParams.instant(request.params(), support.now());
        Expr expr = LogQl.parse(params.query());
        QueryLimits limits = new QueryLimits(asker.limits());
        limits.check(expr, params, asker.tags().pairs());
        boolean tooOld = limits.lookBack(new TimeRange(params.start(), params.start()), support.now()) == null;
        switch (expr) {
            case LogExpr log -> throw ApiException.badRequest(
                    "log queries are not supported as an instant query type, please change your query to a range query type");
            case MetricExpr _, VariantsExpr _ -> {
                boolean hidden = tooOld || (!asker.isDrilldown() && isInternal(expr));
                MetricResult empty = new MetricResult.Vector(params.start() / Durations.MILLISECOND, List.of());
                metric(request, response, asker, params, hidden ? null : StepGrid.instant(params.start()), empty);
            }
        }
    }

    private StepGrid grid(QueryParams params, Limits limits) {
        boolean aligned = alignEnds || limits.splitQueriesByInterval() > 0;
        return aligned
                ? Grids.aligned(params.start(), params.end(), params.step(), alignEnds)
                : new StepGrid(params.start(), params.end(), params.step());
    }

    /** @param grid null for an answer that is known to be empty */
    private void metric(
            Request request, Response response, Asker asker, QueryParams params, @Nullable StepGrid grid, MetricResult empty)
            throws Exception {
        String query = params.query();
        List<Leaf> leaves = metrics.check(query);
        boolean protobuf = QuerySupport.wantsProtobuf(request);
        if (grid == null) {
            write(response, protobuf, empty, List.of(), QueryStats.NONE);
            return;
        }
        Limits limits = asker.limits();
        long earliest = new QueryLimits(limits).earliest(support.now());
        for (Leaf leaf : leaves) {
            new QueryLimits(limits).checkReach(leaf.to(grid) - 1, earliest);
        }
        QueryLine line = new QueryLine("metric", query, params.start(), params.end(), params.step(), params.limit());
        support.answer(
                asker,
                line,
                response,
                context -> {
                    bytes.check(query, grid, limits.maxQueryBytesRead(), context);
                    bytes.checkContext(asker.narrowed().context(), limits.maxQueryBytesRead(), context);
                    return metrics.run(query, grid, earliest, limits.maxQuerySeries(), asker.isDrilldown(), context);
                },
                (answer, admitted) -> stats(admitted, answer.samples(), answer.splits(), answer.tasks()),
                (answer, stats) -> write(response, protobuf, answer.result(), answer.warnings(), stats));
    }

    private void write(Response response, boolean protobuf, MetricResult result, List<String> warnings, QueryStats stats) throws IOException {
        if (protobuf) {
            response.header("Content-Type", PromProtobuf.CONTENT_TYPE);
            try (OutputStream body = response.stream()) {
                PromProtobuf.write(body, result, warnings);
            }
        } else {
            support.write(response, out -> MetricJson.write(out, result, warnings, stats));
        }
    }

    /** @param hidden whether the answer is known to be empty */
    private void logs(Request request, Response response, Asker asker, LogExpr log, QueryParams params, boolean hidden) throws Exception {
        QuerySupport.onlyJson(request);
        // Errors of stages show before anything is read, also when there is nothing to read.
        var _ = Pipeline.compile(log.stages());
        String flags = request.header(FLAGS);
        if (hidden) {
            support.write(response, out -> StreamsJson.write(out, flags, List.of(), List.of(), QueryStats.NONE));
            return;
        }
        Limits limits = asker.limits();
        String type = log.stages().isEmpty() ? "limited" : "filter";
        QueryLine line = new QueryLine(type, params.query(), params.start(), params.end(), params.step(), params.limit());
        support.answer(
                asker,
                line,
                response,
                context -> {
                    bytes.check(log, new TimeRange(params.start(), params.end() - 1), limits.maxQueryBytesRead(), context);
                    bytes.checkContext(asker.narrowed().context(), limits.maxQueryBytesRead(), context);
                    return logs.run(params, limits.splitQueriesByInterval(), context);
                },
                (answer, query) -> stats(query, answer.rows().size(), answer.splits(), answer.tasks()),
                (answer, stats) ->
                        support.write(response, out -> StreamsJson.write(out, flags, answer.rows(), List.of(), stats)));
    }

    private static QueryStats stats(Admitted query, long entries, int splits, int tasks) {
        return new QueryStats(query.context().stats(), query.execNanos(), query.queueNanos(), entries, splits, tasks);
    }

    /** Whether a selector asks for streams that Loki writes for Logs Drilldown alone. */
    static boolean isInternal(List<LabelMatcher> selector) {
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
