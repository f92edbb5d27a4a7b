package io.narfi.storage;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs of rows from several batches that become one batch; only then are they copied. */
final class RunBuffer {
    private static final int MAX_ROWS = 4096;
    private static final int MAX_LINE_BYTES = 512 << 10;

    private record Run(EntryBatch batch, int from, int to) {}

    private final boolean forward;
    private final List<Run> runs = new ArrayList<>();
    private int rows;
    private long lineBytes;

    RunBuffer(boolean forward) {
        this.forward = forward;
    }

    boolean isEmpty() {
        return rows == 0;
    }

    boolean isFull() {
        return rows >= MAX_ROWS || lineBytes >= MAX_LINE_BYTES;
    }

    /** Adds rows {@code [from, to)}, which come after all others in the direction of reading. */
    void add(EntryBatch batch, int from, int to) {
        Run last = runs.isEmpty() ? null : runs.getLast();
        if (last != null && last.batch == batch && (forward ? last.to == from : last.from == to)) {
            runs.set(runs.size() - 1, forward ? new Run(batch, last.from, to) : new Run(batch, from, last.to));
        } else {
            runs.add(new Run(batch, from, to));
        }
        rows += to - from;
        int[] offsets = batch.offsets;
        if (offsets != null) {
            lineBytes += offsets[to] - offsets[from];
        }
    }

    /** The rows as one batch in ascending order; the buffer is empty afterwards. */
    EntryBatch take() {
        List<Run> ordered = forward ? runs : runs.reversed();
        EntryBatch first = ordered.getFirst().batch;
        EntryBatch merged;
        if (ordered.size() == 1) {
            merged = first.slice(ordered.getFirst().from, ordered.getFirst().to);
        } else {
            merged = copy(ordered, first.offsets != null, first.lines != null);
        }
        runs.clear();
        rows = 0;
        lineBytes = 0;
        return merged;
    }

    private EntryBatch copy(List<Run> ordered, boolean withLengths, boolean withLines) {
        long[] timestamps = new long[rows];
        int[] offsets = withLengths ? new int[rows + 1] : null;
        byte[] lines = withLines ? new byte[Math.toIntExact(lineBytes)] : null;
        Metadata metadata = new Metadata();
        int row = 0;
        for (Run run : ordered) {
            EntryBatch batch = run.batch;
            int count = run.to - run.from;
            System.arraycopy(batch.timestamps, run.from, timestamps, row, count);
            int[] from = batch.offsets;
            if (offsets != null && from != null) {
                int shift = offsets[row] - from[run.from];
                for (int i = 1; i <= count; i++) {
                    offsets[row + i] = from[run.from + i] + shift;
                }
                byte[] source = batch.lines;
                if (lines != null && source != null) {
                    System.arraycopy(source, from[run.from], lines, offsets[row], from[run.to] - from[run.from]);
                }
            }
            metadata.add(batch, run.from, run.to, row, rows);
            row += count;
        }
        return new EntryBatch(timestamps, offsets, lines, metadata.ids, metadata.sets(), 0, rows);
    }

    /** Metadata of several batches under common numbers; stays null while no row has any. */
    private static final class Metadata {
        private final Map<Labels, Integer> known = new HashMap<>();
        private final IdentityHashMap<EntryBatch, int[]> mappings = new IdentityHashMap<>();
        private final List<Labels> sets = new ArrayList<>();
        private int @Nullable [] ids;

        Metadata() {
            id(Labels.EMPTY);
        }

        private int id(Labels set) {
            Integer id = known.putIfAbsent(set, sets.size());
            if (id != null) {
                return id;
            }
            sets.add(set);
            return sets.size() - 1;
        }

        void add(EntryBatch batch, int from, int to, int row, int rows) {
            int[] sourceIds = batch.metadataIds;
            Labels[] sourceSets = batch.metadata;
            if (sourceIds == null || sourceSets == null) {
                return;
            }
            int[] target = ids;
            if (target == null) {
                target = new int[rows];
                ids = target;
            }
            int[] mapping = mappings.computeIfAbsent(batch, b -> {
                int[] empty = new int[sourceSets.length];
                Arrays.fill(empty, -1);
                return empty;
            });
            for (int i = from; i < to; i++) {
                int source = sourceIds[i];
                if (mapping[source] < 0) {
                    mapping[source] = id(sourceSets[source]);
                }
                target[row + i - from] = mapping[source];
            }
        }

        Labels @Nullable [] sets() {
            return ids == null ? null : sets.toArray(Labels[]::new);
        }
    }
}
