package io.narfi.compactor;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.http.Params;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.pipeline.RowSelector;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a new delete request asks for ({@code http-api.md} §13.1).
 *
 * @param from milliseconds since the epoch
 * @param to milliseconds since the epoch, included
 */
record DeleteParams(String query, long from, long to) {
    private static final Pattern SECONDS = Pattern.compile("[+-]?[0-9]{1,10}");
    private static final int SECONDS_LENGTH = 10;
    private static final Pattern RFC_3339 =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})");

    /** @throws ApiException 400 with Loki's text */
    static DeleteParams parse(Params params, DeleteSettings settings, long nowMillis) {
        String query = params.getOrEmpty("query");
        if (query.isEmpty()) {
            throw ApiException.badRequest("query not set");
        }
        if (query.getBytes(StandardCharsets.UTF_8).length > settings.maxQueryBytes()) {
            throw ApiException.badRequest("query is longer than the " + settings.maxQueryBytes() + " bytes that a delete request may have");
        }
        LogExpr expr = logQuery(query);
        String start = params.getOrEmpty("start");
        if (start.isEmpty()) {
            throw ApiException.badRequest("start time not set");
        }
        long from = time(start, "start");
        String end = params.getOrEmpty("end");
        long to = end.isEmpty() ? nowMillis : time(end, "end");
        if (to > nowMillis) {
            throw ApiException.badRequest("deletes in the future are not allowed");
        }
        if (from >= to) {
            throw ApiException.badRequest("start time can't be greater than or equal to end time");
        }
        String interval = params.getOrEmpty("max_interval");
        if (!interval.isEmpty() && !expr.stages().isEmpty()) {
            checkInterval(interval, settings.maxInterval().toNanos(), (to - from) * Durations.MILLISECOND);
        }
        return new DeleteParams(query, from, to);
    }

    private static LogExpr logQuery(String query) {
        try {
            if (LogQl.parse(query) instanceof LogExpr log) {
                RowSelector.compile(query);
                return log;
            }
        } catch (ApiException e) {
            throw new ApiException(400, "invalid query expression", e);
        }
        throw ApiException.badRequest("invalid query expression");
    }

    /** Ten digits of seconds, or RFC 3339; in milliseconds. */
    static long time(String text, String name) {
        if (text.length() == SECONDS_LENGTH && SECONDS.matcher(text).matches()) {
            return Long.parseLong(text) * 1000;
        }
        Long parsed = RFC_3339.matcher(text).matches() ? rfc3339(text) : null;
        if (parsed == null) {
            throw ApiException.badRequest("invalid " + name + " time: require unix seconds or RFC3339 format");
        }
        return parsed;
    }

    private static @Nullable Long rfc3339(String text) {
        try {
            return OffsetDateTime.parse(text.replace(',', '.')).toInstant().toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }

    private static void checkInterval(String text, long most, long range) {
        long interval;
        try {
            interval = Durations.parseGo(text);
        } catch (IllegalArgumentException e) {
            interval = 0;
        }
        if (interval < Durations.SECOND) {
            throw ApiException.badRequest("invalid max_interval: valid time units are 's', 'm', 'h'");
        }
        if (interval > most) {
            throw ApiException.badRequest("max_interval can't be greater than " + Durations.formatGo(most));
        }
        if (interval > range) {
            throw ApiException.badRequest(
                    "max_interval can't be greater than the interval to be deleted (" + Durations.formatGo(range) + ")");
        }
    }
}
