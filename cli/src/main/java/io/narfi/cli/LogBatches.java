package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the lines of a query in batches, by moving the start (forward) or the end (backward) of the range to the last line's time.
 *
 * <p>A batch may be cut in the middle of lines of one time, so the next one asks for that time again, for so many lines more than a batch
 * as it has had of that time, and leaves those out. Lines are told apart by labels and text, counted: two equal ones that the server
 * gives are two lines.
 */
final class LogBatches {
    /** Asks the server for the first lines of a range in the direction. */
    @FunctionalInterface
    interface Source {
        QueryAnswer fetch(long start, long end, int limit);
    }

    private record Content(Labels labels, String line) {}

    private final Source source;
    private final boolean forward;
    private final int batch;
    private final Consumer<List<Entry>> sink;
    private long start;
    private long end;
    private long border;
    /** How many lines of each content were given at the border. */
    private Map<Content, Integer> given = new HashMap<>();
    private int givenCount;

    /**
     * @param batch lines to ask for at a time, 1 or more
     * @param sink takes the lines of a batch in the query's direction
     */
    LogBatches(Source source, RangeOptions.Range range, boolean forward, int batch, Consumer<List<Entry>> sink) {
        this.source = requireNonNull(source, "source is null");
        this.sink = requireNonNull(sink, "sink is null");
        this.forward = forward;
        this.batch = batch;
        this.start = range.start();
        this.end = range.end();
    }

    /**
     * Fetches up to {@code limit} lines.
     *
     * @param limit 0 for all
     * @return null, or the answer if it was no log query
     */
    @Nullable QueryAnswer run(long limit) {
        long left = limit == 0 ? Long.MAX_VALUE : limit;
        while (left > 0 && start < end) {
            int ask = Math.toIntExact(Math.min(batch, left) + givenCount);
            QueryAnswer answer = source.fetch(start, end, ask);
            if (!answer.isStreams()) {
                return answer;
            }
            List<Entry> entries = ordered(Entry.ofStreams(answer.result()), forward);
            List<Entry> fresh = fresh(entries);
            if (fresh.size() > left) {
                fresh = fresh.subList(0, (int) left);
            }
            if (!fresh.isEmpty()) {
                sink.accept(fresh);
            }
            left -= fresh.size();
            if (entries.size() < ask) {
                return null;
            }
            if (fresh.isEmpty()) {
                throw new CliException("the server gives the same " + entries.size() + " lines of " + Times.instant(border) + " again and again");
            }
            move(entries);
        }
        return null;
    }

    /** The entries by time; those of one time stay as they are. */
    static List<Entry> ordered(List<Entry> entries, boolean forward) {
        Comparator<Entry> order = Comparator.comparingLong(Entry::time);
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(forward ? order : order.reversed());
        return sorted;
    }

    private List<Entry> fresh(List<Entry> entries) {
        if (givenCount == 0) {
            return entries;
        }
        Map<Content, Integer> known = new HashMap<>(given);
        List<Entry> fresh = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            if (entry.time() == border && take(known, new Content(entry.labels(), entry.line()))) {
                continue;
            }
            fresh.add(entry);
        }
        return fresh;
    }

    private static boolean take(Map<Content, Integer> known, Content content) {
        int count = known.getOrDefault(content, 0);
        if (count > 0) {
            known.put(content, count - 1);
        }
        return count > 0;
    }

    private void move(List<Entry> entries) {
        long last = entries.getLast().time();
        if (last != border) {
            border = last;
            given = new HashMap<>();
        }
        Map<Content, Integer> counts = new HashMap<>();
        for (Entry entry : entries) {
            if (entry.time() == border) {
                counts.merge(new Content(entry.labels(), entry.line()), 1, Integer::sum);
            }
        }
        counts.forEach((content, n) -> given.merge(content, n, Math::max));
        givenCount = given.values().stream().mapToInt(n -> n).sum();
        if (forward) {
            start = border;
        } else {
            end = border + 1;
        }
    }
}
