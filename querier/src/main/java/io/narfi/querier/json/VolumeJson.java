package io.narfi.querier.json;

import io.narfi.common.Durations;
import io.narfi.common.Labels;
import io.narfi.querier.discover.Buckets;
import io.narfi.querier.discover.VolumeRows;
import io.narfi.querier.stats.QueryStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The answers of {@code index/volume} and {@code index/volume_range} ({@code contract/http-api.md} section 9.2): a matrix if any series has
 * more than one point, else a vector, the largest first.
 */
public final class VolumeJson {
    private record Point(Labels labels, String name, int bucket, long bytes) {}

    /** The largest first, equal ones by name. */
    private static final Comparator<Point> LARGEST =
            Comparator.comparingLong(Point::bytes).reversed().thenComparing(Point::name);

    private VolumeJson() {}

    /** @param limit the most series of a bucket */
    public static void write(JsonOut out, VolumeRows rows, Buckets buckets, int limit, QueryStats stats) throws IOException {
        List<Point> points = largest(rows, limit);
        Map<Labels, List<Point>> series = new TreeMap<>(Comparator.comparing(Labels::toString));
        for (Point p : points) {
            series.computeIfAbsent(p.labels(), k -> new ArrayList<>()).add(p);
        }
        boolean matrix = series.values().stream().anyMatch(of -> of.size() > 1);
        out.raw("{\"status\":\"success\",\"data\":{\"resultType\":").raw(matrix ? "\"matrix\"" : "\"vector\"").raw(",\"result\":[");
        if (matrix) {
            matrix(out, series, buckets);
        } else {
            points.sort(LARGEST);
            vector(out, points, buckets);
        }
        out.raw("],\"stats\":");
        StatsJson.write(out, stats, false);
        out.raw("}}").flush();
    }

    private static List<Point> largest(VolumeRows rows, int limit) {
        Map<Integer, List<Point>> byBucket = new TreeMap<>();
        rows.series().forEach((labels, bytes) -> {
            String name = labels.toString();
            bytes.forEach((bucket, n) ->
                    byBucket.computeIfAbsent(bucket, k -> new ArrayList<>()).add(new Point(labels, name, bucket, n)));
        });
        List<Point> largest = new ArrayList<>();
        for (List<Point> all : byBucket.values()) {
            all.sort(LARGEST);
            largest.addAll(all.subList(0, Math.min(limit, all.size())));
        }
        return largest;
    }

    private static void vector(JsonOut out, List<Point> points, Buckets buckets) throws IOException {
        String separator = "{\"metric\":";
        for (Point p : points) {
            out.raw(separator);
            separator = ",{\"metric\":";
            MetricJson.labels(out, p.labels());
            out.raw(",\"value\":");
            point(out, p, buckets);
            out.raw('}');
        }
    }

    private static void matrix(JsonOut out, Map<Labels, List<Point>> series, Buckets buckets) throws IOException {
        String separator = "{\"metric\":";
        for (Map.Entry<Labels, List<Point>> one : series.entrySet()) {
            out.raw(separator);
            separator = ",{\"metric\":";
            MetricJson.labels(out, one.getKey());
            String comma = ",\"values\":[";
            for (Point p : one.getValue()) {
                out.raw(comma);
                comma = ",";
                point(out, p, buckets);
            }
            out.raw("]}");
        }
    }

    private static void point(JsonOut out, Point p, Buckets buckets) throws IOException {
        long last = Math.floorDiv(buckets.last(p.bucket()), Durations.MILLISECOND);
        // The end of the range counts in whole seconds.
        long millis = p.bucket() == buckets.count() - 1 ? last - Math.floorMod(last, 1000L) : last;
        out.raw('[').raw(GoFloat.seconds(millis)).raw(",\"").number(p.bytes()).raw("\"]");
    }
}
