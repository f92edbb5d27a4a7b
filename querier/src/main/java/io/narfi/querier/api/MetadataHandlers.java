package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.http.Params;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.querier.coordinate.MetadataQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.json.JsonOut;
import io.narfi.querier.json.LegacyJson;
import io.narfi.querier.json.ListJson;
import io.narfi.querier.params.Selectors;
import io.narfi.querier.params.TimeRange;
import io.narfi.querier.stats.QueryStats;
import io.narfi.querier.task.MetadataRows;
import io.narfi.querier.task.Work.Metadata;
import io.narfi.querier.task.Work.Metadata.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/** {@code labels}, {@code label}, {@code label/{name}/values}, {@code series}, and their older forms. */
final class MetadataHandlers {
    private final QuerySupport support;
    private final MetadataQueries queries;

    MetadataHandlers(QuerySupport support, MetadataQueries queries) {
        this.support = requireNonNull(support, "support is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    List<Route> routes() {
        return List.of(
                Route.getOrPost("/loki/api/v1/labels", support.measured("labels", this::names)).bare(),
                Route.getOrPost("/loki/api/v1/label", support.measured("labels", this::names)).bare(),
                Route.getOrPost("/loki/api/v1/label/{name}/values", support.measured("label_values", this::values)).bare(),
                Route.getOrPost("/loki/api/v1/series", support.measured("series", this::series)).bare(),
                Route.getOrPost("/api/prom/label", support.measured("legacy_labels", this::legacyNames)).bare(),
                Route.getOrPost("/api/prom/label/{name}/values", support.measured("legacy_label_values", this::legacyValues)).bare(),
                Route.getOrPost("/api/prom/series", support.measured("series", this::series)).bare());
    }

    private void names(Request request, Response response) throws Exception {
        labels(request, response, Kind.LABEL_NAMES, "", ListJson::strings);
    }

    private void legacyNames(Request request, Response response) throws Exception {
        labels(request, response, Kind.LABEL_NAMES, "", LegacyJson::strings);
    }

    private void values(Request request, Response response) throws Exception {
        labels(request, response, Kind.LABEL_VALUES, request.pathParam("name"), ListJson::strings);
    }

    private void legacyValues(Request request, Response response) throws Exception {
        labels(request, response, Kind.LABEL_VALUES, request.pathParam("name"), LegacyJson::strings);
    }

    private void labels(Request request, Response response, Kind kind, String name, StringsWriter writer) throws Exception {
        run(
                "labels",
                request,
                response,
                params -> new Metadata(kind, name, Selectors.optional(params)),
                (out, rows) -> writer.write(out, new TreeSet<>(rows.strings())));
    }

    private void series(Request request, Response response) throws Exception {
        run(
                "series",
                request,
                response,
                params -> new Metadata(Kind.SERIES, "", Selectors.groups(params)),
                (out, rows) -> ListJson.series(out, new TreeSet<Labels>(rows.series())));
    }

    private void run(String type, Request request, Response response, Function<Params, Metadata> read, RowsWriter writer)
            throws Exception {
        Asker asker = support.asker(request);
        QuerySupport.onlyJson(request);
        TimeRange range = TimeRange.read(request.params(), support.now());
        Params params = request.params();
        Metadata work = read.apply(params);
        TimeRange cut = new QueryLimits(asker.limits()).metadataRange(range, support.now());
        // Names without a selector are those of whole UTC days, as in Loki, whose index has a table for each day: then the lists of
        // blocks answer, whatever part of the day is asked for.
        TimeRange wide = work.kind() == Kind.LABEL_NAMES && work.groups().isEmpty() ? cut.wholeDays() : cut;
        List<String> selectors = new ArrayList<>(params.all("query"));
        selectors.addAll(params.all("match"));
        selectors.addAll(params.all("match[]"));
        support.answer(
                asker,
                QueryLine.of(type, String.join(", ", selectors), cut.start(), cut.end()),
                response,
                context -> queries.run(wide, work, context),
                (rows, query) -> new QueryStats(
                        query.context().stats(), query.execNanos(), query.queueNanos(), rows.strings().size() + rows.series().size(), 0, 0),
                (rows, stats) -> support.write(response, out -> writer.write(out, rows)));
    }

    @FunctionalInterface
    private interface RowsWriter {
        void write(JsonOut out, MetadataRows rows) throws IOException;
    }

    /** Writes names or values, ascending. */
    @FunctionalInterface
    private interface StringsWriter {
        void write(JsonOut out, Collection<String> strings) throws IOException;
    }
}
