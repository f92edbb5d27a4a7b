package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.http.Params;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.BytesLimit;
import io.narfi.querier.coordinate.DiscoveryQueries;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.discover.FieldInspector;
import io.narfi.querier.discover.PatternRows;
import io.narfi.querier.json.DiscoveryJson;
import io.narfi.querier.json.JsonOut;
import io.narfi.querier.json.StreamsJson;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.params.DiscoveryParams;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.Selectors;
import io.narfi.querier.params.Steps;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.run.Admission.Admitted;
import io.narfi.querier.stats.QueryStats;
import io.narfi.storage.ScanRequest.Direction;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * {@code patterns}, {@code detected_labels}, {@code detected_fields} and {@code detected_field/{name}/values} ({@code contract/http-api.md}
 * section 10).
 */
final class DetectedHandlers {
    private static final int DEFAULT_LINES = 100;
    private static final int DEFAULT_FIELDS = 1000;
    private static final long LEAST_PATTERN_STEP = 10 * Durations.SECOND;

    private final QuerySupport support;
    private final DiscoveryQueries queries;
    private final LogQueries logs;
    private final BytesLimit bytes;
    private final boolean patterns;

    /** @param patterns whether patterns are served */
    DetectedHandlers(QuerySupport support, DiscoveryQueries queries, LogQueries logs, BytesLimit bytes, boolean patterns) {
        this.support = requireNonNull(support, "support is null");
        this.queries = requireNonNull(queries, "queries is null");
        this.logs = requireNonNull(logs, "logs is null");
        this.bytes = requireNonNull(bytes, "bytes is null");
        this.patterns = patterns;
    }

    List<Route> routes() {
        return List.of(
                Route.getOrPost("/loki/api/v1/patterns", support.measured("patterns", this::patterns)).bare(),
                Route.getOrPost("/loki/api/v1/detected_labels", support.measured("detected_labels", this::labels)).bare(),
                Route.getOrPost("/loki/api/v1/detected_fields", support.measured("detected_fields", this::fields)).bare(),
                Route.getOrPost("/loki/api/v1/detected_field/{name}/values", support.measured("detected_field_values", this::values)).bare());
    }

    private void patterns(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        Params params = request.params();
        TimeRange asked = TimeRange.read(params, support.now());
        long step = Math.max(LEAST_PATTERN_STEP, Steps.step(params, asked));
        String text = params.getOrEmpty("query");
        List<LabelMatcher> selector = Selectors.parse(text);
        if (!patterns) {
            response.status(404).send(new byte[0]);
            return;
        }
        TimeRange range = new QueryLimits(asker.limits()).lookBack(asked, support.now());
        if (range == null || range.end() < range.start()) {
            support.write(response, out -> DiscoveryJson.patterns(out, new PatternRows(List.of()), step));
            return;
        }
        support.answer(
                asker,
                new QueryLine("patterns", text, range.start(), range.end(), step, 0),
                response,
                context -> queries.patterns(range, selector, step, context),
                (rows, query) -> stats(query, rows.rows().size()),
                (rows, stats) -> support.write(response, out -> DiscoveryJson.patterns(out, rows, step)));
    }

    private void labels(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        Params params = request.params();
        TimeRange asked = TimeRange.read(params, support.now()).ordered();
        String text = params.getOrEmpty("query");
        List<LabelMatcher> selector = text.isEmpty() ? List.of() : Selectors.orEverything(text);
        TimeRange range = new QueryLimits(asker.limits()).metadataRange(asked, support.now());
        support.answer(
                asker,
                QueryLine.of("detected_labels", text, range.start(), range.end()),
                response,
                context -> queries.labels(range, selector, context).shown(),
                (shown, query) -> stats(query, shown.size()),
                (shown, stats) -> support.write(response, out -> DiscoveryJson.labels(out, shown)));
    }

    private void fields(Request request, Response response) throws Exception {
        int limit = limit(request.params());
        inspect(request, response, (out, streams) -> DiscoveryJson.fields(out, FieldInspector.fields(streams, limit), limit));
    }

    private void values(Request request, Response response) throws Exception {
        int limit = limit(request.params());
        String name = request.pathParam("name");
        inspect(request, response, (out, streams) -> DiscoveryJson.values(out, FieldInspector.values(streams, name, limit), limit));
    }

    private static int limit(Params params) {
        return DiscoveryParams.positive(params, params.getOrEmpty("limit").isEmpty() ? "field_limit" : "limit", DEFAULT_FIELDS);
    }

    /** Writes what was found in entries. */
    @FunctionalInterface
    private interface StreamsWriter {
        void write(JsonOut out, List<Map.Entry<Labels, List<LogRow>>> streams) throws IOException;
    }

    /** Runs the log query and hands its entries on, by the labels of their streams. */
    private void inspect(Request request, Response response, StreamsWriter writer) throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        Params params = request.params();
        TimeRange asked = TimeRange.read(params, support.now()).ordered();
        long step = Steps.step(params, asked);
        int lines = DiscoveryParams.positive(params, "line_limit", DEFAULT_LINES);
        String text = params.getOrEmpty("query");
        if (!(LogQl.parse(text) instanceof LogExpr log)) {
            throw ApiException.badRequest("only log selector is supported");
        }
        QueryParams query = new QueryParams(text, asked.start(), asked.end(), step, 0, lines, Direction.BACKWARD);
        Limits limits = asker.limits();
        QueryLimits checks = new QueryLimits(limits);
        checks.check(log, query, asker.tags().pairs());
        TimeRange range = checks.lookBack(asked, support.now());
        checks.checkLength(range == null ? asked : range);
        var _ = Pipeline.compile(log.stages());
        if (range == null) {
            support.write(response, out -> out.raw("{}\n"));
            return;
        }
        QueryParams within = query.between(range.start(), range.end());
        support.answer(
                asker,
                new QueryLine("detected_fields", text, range.start(), range.end(), step, lines),
                response,
                context -> {
                    bytes.check(log, new TimeRange(range.start(), range.end() - 1), limits.maxQueryBytesRead(), context);
                    return logs.run(within, limits.splitQueriesByInterval(), context);
                },
                (answer, admitted) -> stats(admitted, answer.rows().size()),
                (answer, stats) -> support.write(response, out -> writer.write(out, StreamsJson.group(answer.rows(), true))));
    }

    private static QueryStats stats(Admitted query, long entries) {
        return new QueryStats(query.context().stats(), query.execNanos(), query.queueNanos(), entries, 0, 0);
    }
}
