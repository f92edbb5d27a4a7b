package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.common.Limits;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.BytesLimit;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.json.LegacyJson;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.stats.QueryStats;
import java.util.Arrays;
import java.util.List;

/** {@code /api/prom/query} ({@code contract/http-api.md} section 16): log queries over a range, with an answer of an older shape. */
final class LegacyHandlers {
    private final QuerySupport support;
    private final LogQueries logs;
    private final BytesLimit bytes;

    LegacyHandlers(QuerySupport support, LogQueries logs, BytesLimit bytes) {
        this.support = requireNonNull(support, "support is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.bytes = requireNonNull(bytes, "bytes is null");
    }

    List<Route> routes() {
        return List.of(Route.getOrPost("/api/prom/query", support.measured("legacy_query", this::query)).bare());
    }

    private void query(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        long now = support.now();
        QueryParams params = withFilter(QueryParams.range(request.params(), now), request.params().getOrEmpty("regexp"));
        if (!(LogQl.parse(params.query()) instanceof LogExpr log)) {
            throw ApiException.badRequest("legacy endpoints only support streams result type");
        }
        Limits limits = asker.limits();
        QueryLimits checks = new QueryLimits(limits);
        checks.check(log, params, asker.tags().pairs());
        TimeRange asked = new TimeRange(params.start(), params.end());
        TimeRange range = checks.lookBack(asked, now);
        checks.checkLength(range == null ? asked : range);
        checks.checkContext(asker.narrowed().context());
        var _ = Pipeline.compile(log.stages());
        boolean categorize = categorizes(request);
        if (range == null || (!asker.isDrilldown() && QueryHandlers.isInternal(log.selector()))) {
            support.write(response, out -> LegacyJson.streams(out, List.of(), categorize, QueryStats.NONE));
            return;
        }
        QueryParams within = params.between(range.start(), range.end());
        support.answer(
                asker,
                new QueryLine("filter", params.query(), range.start(), range.end(), params.step(), params.limit()),
                response,
                context -> {
                    bytes.check(log, new TimeRange(range.start(), range.end() - 1), limits.maxQueryBytesRead(), context);
                    bytes.checkContext(asker.narrowed().context(), limits.maxQueryBytesRead(), context);
                    return logs.run(within, limits.splitQueriesByInterval(), context);
                },
                (answer, query) -> new QueryStats(
                        query.context().stats(),
                        query.execNanos(),
                        query.queueNanos(),
                        answer.rows().size(),
                        answer.splits(),
                        answer.tasks()),
                (answer, stats) -> support.write(response, out -> LegacyJson.streams(out, answer.rows(), categorize, stats)));
    }

    private static QueryParams withFilter(QueryParams p, String regexp) {
        if (regexp.isEmpty()) {
            return p;
        }
        String query = p.query() + " |~ " + GoText.quote(regexp);
        return new QueryParams(query, p.start(), p.end(), p.step(), p.interval(), p.limit(), p.direction());
    }

    private static boolean categorizes(Request request) {
        String flags = request.header(QueryHandlers.FLAGS);
        return flags != null && Arrays.asList(flags.split(",", -1)).contains("categorize-labels");
    }
}
