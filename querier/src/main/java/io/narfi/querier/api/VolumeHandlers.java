package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.http.Params;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.querier.coordinate.DiscoveryQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.discover.Buckets;
import io.narfi.querier.discover.VolumeSpec;
import io.narfi.querier.json.DiscoveryJson;
import io.narfi.querier.json.ListJson;
import io.narfi.querier.json.VolumeJson;
import io.narfi.querier.params.DiscoveryParams;
import io.narfi.querier.params.Selectors;
import io.narfi.querier.params.Steps;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.run.Admission.Admitted;
import io.narfi.querier.stats.QueryStats;
import java.util.List;

/** {@code index/stats}, {@code index/volume}, {@code index/volume_range} and {@code index/shards} ({@code contract/http-api.md} sections 9.2 and 9.3). */
final class VolumeHandlers {
    private final QuerySupport support;
    private final DiscoveryQueries queries;

    VolumeHandlers(QuerySupport support, DiscoveryQueries queries) {
        this.support = requireNonNull(support, "support is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    List<Route> routes() {
        return List.of(
                Route.getOrPost("/loki/api/v1/index/stats", support.measured("index_stats", this::stats)).bare(),
                Route.getOrPost("/loki/api/v1/index/volume", support.measured("index_volume", (q, r) -> volume(q, r, false))).bare(),
                Route.getOrPost("/loki/api/v1/index/volume_range", support.measured("index_volume_range", (q, r) -> volume(q, r, true))).bare(),
                Route.getOrPost("/loki/api/v1/index/shards", support.measured("index_shards", this::shards)).bare());
    }

    private void volume(Request request, Response response, boolean ranged) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        if (!asker.limits().volumeEnabled()) {
            throw new ApiException(404, "not found");
        }
        Params params = request.params();
        TimeRange asked = TimeRange.read(params, support.now()).ordered();
        int limit = DiscoveryParams.volumeLimit(params);
        boolean byName = DiscoveryParams.byName(params);
        long step = ranged ? Steps.step(params, asked) : 0;
        String text = params.getOrEmpty("query");
        List<LabelMatcher> selector = Selectors.orEverything(text);
        TimeRange range = new QueryLimits(asker.limits()).metadataRange(asked, support.now());
        List<String> targets = DiscoveryParams.targetLabels(params);
        List<LabelMatcher> matchers = DiscoveryParams.requiring(selector, targets);
        if (targets.isEmpty() && !byName) {
            targets = selector.stream().map(LabelMatcher::name).distinct().toList();
        }
        Buckets buckets = ranged ? new Buckets(range.start(), range.end(), step) : Buckets.single(range.start(), range.end());
        VolumeSpec spec = new VolumeSpec(buckets, targets, byName, asker.limits().volumeMaxSeries());
        support.answer(
                asker,
                new QueryLine(ranged ? "volume_range" : "volume", text, range.start(), range.end(), step, limit),
                response,
                context -> queries.volume(matchers, spec, context),
                (rows, query) -> stats(query, rows.series().size()),
                (rows, stats) -> support.write(response, out -> VolumeJson.write(out, rows, buckets, limit, stats)));
    }

    private void stats(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        Params params = request.params();
        TimeRange asked = TimeRange.read(params, support.now()).ordered();
        var _ = Steps.step(params, asked);
        String text = params.getOrEmpty("query");
        List<LabelMatcher> selector = Selectors.parse(text);
        TimeRange range = new QueryLimits(asker.limits()).metadataRange(asked, support.now());
        support.answer(
                asker,
                QueryLine.of("stats", text, range.start(), range.end()),
                response,
                context -> queries.sizes(range, selector, context),
                (sum, query) -> stats(query, sum.streams()),
                (sum, stats) -> support.write(response, out -> ListJson.indexStats(out, sum)));
    }

    private void shards(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        Params params = request.params();
        TimeRange asked = TimeRange.read(params, support.now()).ordered();
        var _ = Steps.step(params, asked);
        long target = DiscoveryParams.targetBytes(params);
        String text = params.getOrEmpty("query");
        List<LabelMatcher> selector = selector(text);
        TimeRange range = new QueryLimits(asker.limits()).metadataRange(asked, support.now());
        support.answer(
                asker,
                QueryLine.of("shards", text, range.start(), range.end()),
                response,
                context -> queries.shards(range, selector, target, context),
                (shards, query) -> stats(query, shards.size()),
                (shards, stats) -> support.write(response, out -> DiscoveryJson.shards(out, shards, stats)));
    }

    /** The selector of a log query: what is to be cut in shards may have stages. */
    private static List<LabelMatcher> selector(String text) {
        if (LogQl.parse(text) instanceof LogExpr log) {
            return log.selector();
        }
        throw ApiException.badRequest("only log selector is supported");
    }

    private static QueryStats stats(Admitted query, long entries) {
        return new QueryStats(query.context().stats(), query.execNanos(), query.queueNanos(), entries, 0, 0);
    }
}
