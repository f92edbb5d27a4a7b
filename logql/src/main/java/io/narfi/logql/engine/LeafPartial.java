package io.narfi.logql.engine;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The result of one part of a leaf, or of all parts after they were merged. */
public final class LeafPartial {
    private final List<SeriesSamples> series;

    LeafPartial(List<SeriesSamples> series) {
        this.series = series;
    }

    List<SeriesSamples> series() {
        return series;
    }

    public int seriesCount() {
        return series.size();
    }

    /** Bytes of memory that it holds. */
    public long bytes() {
        long sum = 0;
        for (SeriesSamples s : series) {
            sum += s.bytes() + labelBytes(s.labels);
        }
        return sum;
    }

    /** Rough size of a label set that nobody else holds. */
    static long labelBytes(Labels labels) {
        long sum = 64;
        for (int i = 0; i < labels.size(); i++) {
            sum += 64 + labels.value(i).length();
        }
        return sum;
    }

    /**
     * The function's values for all steps, series in the order of their labels.
     *
     * @throws ApiException if the budget does not allow it
     */
    public StepMatrix matrix(StepGrid grid, MemoryBudget budget) {
        List<StepRow> rows = new ArrayList<>(series.size());
        for (SeriesSamples s : series) {
            budget.reserve(StepRow.bytes(grid.count()));
            StepRow row = s.row(budget);
            if (!row.isEmpty()) {
                rows.add(row);
            }
        }
        rows.sort(Comparator.comparing(StepRow::labels));
        return new StepMatrix(grid.count(), rows);
    }

    /** The bytes that {@link #decode} reads: {@link PartialFormat}. */
    public byte[] encode() {
        return PartialFormat.write(series);
    }

    /**
     * Reads a partial result of a leaf.
     *
     * @param leaf the leaf of the same query as the writer's
     * @param grid the writer's
     * @throws IllegalArgumentException if the bytes are damaged, of another version, or of a leaf of another kind
     */
    public static LeafPartial decode(byte[] bytes, Leaf leaf, StepGrid grid, MemoryBudget budget) {
        try {
            return new LeafPartial(PartialFormat.read(ByteBuffer.wrap(bytes), leaf, grid, budget));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("partial result ends early", e);
        }
    }
}
