package io.narfi.querier.json;

import io.narfi.common.Labels;
import io.narfi.logql.engine.MetricResult;
import io.narfi.querier.stats.QueryStats;
import java.io.IOException;
import java.util.List;

/** The answer of a metric query ({@code contract/http-api.md} section 5.5): HTML escaping everywhere, no newline at the end. */
public final class MetricJson {
    private MetricJson() {}

    public static void write(JsonOut out, MetricResult result, List<String> warnings, QueryStats stats) throws IOException {
        out.raw("{\"status\":\"success\",\"data\":{\"resultType\":");
        switch (result) {
            case MetricResult.Scalar scalar -> {
                out.raw("\"scalar\",\"result\":");
                point(out, scalar.time(), scalar.value());
            }
            case MetricResult.Vector vector -> vector(out, vector);
            case MetricResult.Matrix matrix -> matrix(out, matrix);
        }
        out.raw(",\"stats\":");
        StatsJson.write(out, stats, false);
        out.raw('}');
        for (int i = 0; i < warnings.size(); i++) {
            out.raw(i == 0 ? ",\"warnings\":[" : ",").htmlSafeString(warnings.get(i));
        }
        out.raw(warnings.isEmpty() ? "}" : "]}").flush();
    }

    private static void vector(JsonOut out, MetricResult.Vector vector) throws IOException {
        out.raw("\"vector\",\"result\":[");
        boolean first = true;
        for (MetricResult.Sample sample : vector.samples()) {
            out.raw(first ? "{\"metric\":" : ",{\"metric\":");
            first = false;
            labels(out, sample.labels());
            out.raw(",\"value\":");
            point(out, vector.time(), sample.value());
            out.raw('}');
        }
        out.raw(']');
    }

    private static void matrix(JsonOut out, MetricResult.Matrix matrix) throws IOException {
        out.raw("\"matrix\",\"result\":[");
        boolean first = true;
        for (MetricResult.Series series : matrix.series()) {
            out.raw(first ? "{\"metric\":" : ",{\"metric\":");
            first = false;
            labels(out, series.labels());
            out.raw(",\"values\":[");
            for (int i = 0; i < series.times().length; i++) {
                if (i > 0) {
                    out.raw(',');
                }
                point(out, series.times()[i], series.values()[i]);
            }
            out.raw("]}");
        }
        out.raw(']');
    }

    static void point(JsonOut out, long millis, double value) throws IOException {
        out.raw('[').raw(GoFloat.seconds(millis)).raw(",\"").raw(GoFloat.format(value)).raw("\"]");
    }

    static void labels(JsonOut out, Labels labels) throws IOException {
        out.raw('{');
        for (int i = 0; i < labels.size(); i++) {
            if (i > 0) {
                out.raw(',');
            }
            out.htmlSafeString(labels.name(i)).raw(':').htmlSafeString(labels.value(i));
        }
        out.raw('}');
    }
}
