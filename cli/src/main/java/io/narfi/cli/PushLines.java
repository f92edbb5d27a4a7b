package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes lines of the input into lines of a batch: their stream, their time and their metadata. */
final class PushLines {
    private final boolean objects;
    private final Labels labels;
    private final Labels metadata;
    private final LineTimes times;
    private long number;
    private long added;

    /**
     * @param objects whether lines are objects as {@code --output=jsonl} prints them
     * @param labels of each line; they win over those of an object
     * @param metadata of each line; it wins over that of an object
     */
    PushLines(boolean objects, Labels labels, Labels metadata, LineTimes times) {
        this.objects = objects;
        this.labels = requireNonNull(labels, "labels is null");
        this.metadata = requireNonNull(metadata, "metadata is null");
        this.times = requireNonNull(times, "times is null");
    }

    /**
     * Adds a line to a batch.
     *
     * @throws CliException if it should be an object and is none
     */
    void add(String line, PushBatch batch) {
        number++;
        if (!objects) {
            add(batch, labels, new PushBatch.Line(times.next(line), line, metadata));
            return;
        }
        if (line.isBlank()) {
            return;
        }
        Map<String, @Nullable Object> object;
        try {
            object = Json.object(Json.read(line));
        } catch (IOException e) {
            throw new CliException("line " + number + " of the input is no JSON: " + ApiClient.message(e), e);
        }
        if (!(object.get("line") instanceof String text)) {
            throw new CliException("line " + number + " of the input is no object with a line");
        }
        Labels stream = merged(Json.labels(object.get("labels")), labels);
        if (stream.isEmpty()) {
            throw new CliException("line " + number + " of the input has no labels, and --label gives none");
        }
        Labels with = merged(Json.labels(object.get("structuredMetadata")), metadata);
        add(batch, stream, new PushBatch.Line(time(object, text), text, with));
    }

    private void add(PushBatch batch, Labels stream, PushBatch.Line line) {
        batch.add(stream, line);
        added++;
    }

    /** How many lines went into batches. */
    long added() {
        return added;
    }

    private long time(Map<String, @Nullable Object> object, String text) {
        String time = Json.text(object.get("timestamp"));
        if (time.isEmpty()) {
            return times.next(text);
        }
        try {
            return Times.parse(time, 0, java.time.ZoneOffset.UTC);
        } catch (IllegalArgumentException e) {
            throw new CliException("line " + number + " of the input: " + ApiClient.message(e), e);
        }
    }

    private static Labels merged(Labels own, Labels over) {
        if (over.isEmpty()) {
            return own;
        }
        if (own.isEmpty()) {
            return over;
        }
        Map<String, String> all = new TreeMap<>(own.toMap());
        all.putAll(over.toMap());
        return Labels.of(all);
    }
}
