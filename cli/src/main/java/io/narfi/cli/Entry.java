package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A log line.
 *
 * @param time nanoseconds since the epoch
 */
record Entry(long time, Labels labels, String line) {
    Entry {
        requireNonNull(labels, "labels is null");
        requireNonNull(line, "line is null");
    }

    /** The entries of the streams in an answer to a log query or a frame of a tail, in their order. */
    static List<Entry> ofStreams(@Nullable Object streams) {
        List<Entry> entries = new ArrayList<>();
        for (Object item : Json.list(streams)) {
            var stream = Json.object(item);
            Labels labels = Json.labels(stream.get("stream"));
            for (Object value : Json.list(stream.get("values"))) {
                List<@Nullable Object> pair = Json.list(value);
                if (pair.size() < 2) {
                    throw new CliException("the server's answer has a value without a time and a line: " + Json.compact(value));
                }
                entries.add(new Entry(time(Json.text(pair.get(0))), labels, Json.text(pair.get(1))));
            }
        }
        return entries;
    }

    private static long time(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new CliException("the server's answer has a time that is no number: " + text, e);
        }
    }
}
