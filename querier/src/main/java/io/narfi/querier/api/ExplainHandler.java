package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.VariantsExpr;
import io.narfi.logql.engine.StepGrid;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.Explanations;
import io.narfi.querier.coordinate.Grids;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.stats.QueryStats;
import java.nio.charset.StandardCharsets;

/**
 * {@code /narfi/api/v1/explain}: the plan of what {@code query_range} would do with the same parameters, or {@code query} if there is a
 * {@code time}, as plain text.
 */
final class ExplainHandler {
    private static final String TEXT = "text/plain; charset=utf-8";

    private final QuerySupport support;
    private final Explanations explanations;
    private final boolean alignEnds;

    ExplainHandler(QuerySupport support, Explanations explanations, boolean alignEnds) {
        this.support = requireNonNull(support, "support is null");
        this.explanations = requireNonNull(explanations, "explanations is null");
        this.alignEnds = alignEnds;
    }

    Route route() {
        return Route.getOrPost("/narfi/api/v1/explain", support.measured("explain", this::explain)).bare();
    }

    private void explain(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        boolean instant = !request.params().getOrEmpty("time").isEmpty();
        QueryParams params = instant ? QueryParams.instant(request.params(), support.now()) : QueryParams.range(request.params(), support.now());
        Expr expr = LogQl.parse(params.query());
        QueryLimits limits = new QueryLimits(asker.limits());
        limits.check(expr, params, asker.tags().pairs());
        limits.checkLength(new TimeRange(params.start(), params.end()));
        boolean aligned = alignEnds || asker.limits().splitQueriesByInterval() > 0;
        support.answer(
                asker,
                QueryLine.of("explain", params.query(), params.start(), params.end()),
                response,
                context -> switch (expr) {
                    case LogExpr log -> {
                        var _ = Pipeline.compile(log.stages());
                        yield explanations.log(log, params, context);
                    }
                    case MetricExpr _, VariantsExpr _ -> {
                        StepGrid range = instant
                                ? StepGrid.instant(params.start())
                                : aligned
                                        ? Grids.aligned(params.start(), params.end(), params.step(), alignEnds)
                                        : new StepGrid(params.start(), params.end(), params.step());
                        yield explanations.metric(params.query(), range, context);
                    }
                },
                (text, query) -> new QueryStats(query.context().stats(), query.execNanos(), query.queueNanos(), 0, 0, 0),
                (text, stats) -> response.send(200, TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }
}
