package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.VariantsExpr;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.LogAnswer;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.QueryLimits;
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

    QueryHandlers(QuerySupport support, LogQueries logs) {
        this.support = requireNonNull(support, "support is null");
        this.logs = requireNonNull(logs, "logs is null");
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
            case MetricExpr metric -> throw new ApiException(501, "metric queries are not served yet");
            case VariantsExpr variants -> throw new ApiException(501, "variants are not served yet");
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
            case MetricExpr metric -> throw new ApiException(501, "metric queries are not served yet");
            case VariantsExpr variants -> throw new ApiException(501, "variants are not served yet");
        }
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
                context -> logs.run(params, context),
                (out, answer, query) -> StreamsJson.write(out, flags, answer.rows(), List.of(), stats(answer, query)));
    }

    private static QueryStats stats(LogAnswer answer, Admitted query) {
        return new QueryStats(
                query.context().stats(),
                query.execNanos(),
                query.queueNanos(),
                answer.rows().size(),
                answer.splits(),
                answer.tasks());
    }

    /** Whether a selector asks for streams that Loki writes for Logs Drilldown alone. */
    private static boolean isInternal(List<LabelMatcher> selector) {
        return selector.stream().anyMatch(m -> INTERNAL_STREAMS.contains(m.name()));
    }
}
