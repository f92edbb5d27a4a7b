package io.narfi.logql.pipeline;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.Unwrap;
import io.narfi.logql.pipeline.GoNumbers.FormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Extracts the samples of one stream, batch by batch. For one thread. */
public final class StreamExtractor {
    private static final String EXTRACTION_ERROR = "SampleExtractionErr";
    private static final byte[] NO_LINES = {};

    private final List<TextTest> lineTests;
    private final RowStage[] stages;
    private final RowStage[] unwrapFilters;
    private final LabelBuilder builder;
    private final SampleLabels.Reducer reducer;
    private final SampleExtractor.Value value;
    private final @Nullable Unwrap unwrap;
    private final @Nullable Name unwrapName;
    private final @Nullable Labels constant;

    StreamExtractor(
            CompiledStages compiled,
            boolean skipParsers,
            List<RowStage.Factory> unwrapFilters,
            LabelBuilder builder,
            SampleLabels.Reducer reducer,
            SampleExtractor.Value value,
            @Nullable Unwrap unwrap) {
        this.lineTests = compiled.lineTests();
        this.builder = builder;
        this.stages = bind(skipParsers ? compiled.withoutParsers() : compiled.rowStages(), builder);
        this.unwrapFilters = bind(unwrapFilters, builder);
        this.reducer = reducer;
        this.value = value;
        this.unwrap = unwrap;
        this.unwrapName = unwrap == null ? null : builder.names.pin(unwrap.label());
        this.constant = stages.length == 0 && unwrap == null ? reducer.constant() : null;
    }

    private static RowStage[] bind(List<RowStage.Factory> factories, LabelBuilder builder) {
        return factories.stream().map(f -> f.bind(builder)).toArray(RowStage[]::new);
    }

    /** What has to be read of each row. */
    public Columns columns() {
        if (!lineTests.isEmpty() || stages.length > 0) {
            return Columns.LINES;
        }
        if (constant == null) {
            return Columns.METADATA;
        }
        return value == SampleExtractor.Value.BYTES ? Columns.LENGTHS : Columns.TIMESTAMPS;
    }

    /** The series of all samples if it depends on nothing in the rows, else null. */
    public @Nullable Labels constantSeries() {
        return constant;
    }

    /**
     * Whether every row gives a sample of the {@link #constantSeries()}, with 1 or the line's length as its value: then numbers of rows and of
     * line bytes, as a page directory has them, say all.
     */
    public boolean countsWholePages() {
        return constant != null && lineTests.isEmpty();
    }

    /** Whether samples have the length of the line as value, and not 1 or an unwrapped label. */
    public boolean countsBytes() {
        return value == SampleExtractor.Value.BYTES;
    }

    /**
     * Gives the samples of a batch in time order.
     *
     * @param batch with the {@link #columns()} that are needed
     * @return whether the sink wanted all
     */
    public boolean process(EntryBatch batch, SampleSink sink) {
        if (batch.isEmpty()) {
            return true;
        }
        RowSet rows = BatchFilter.rows(batch, lineTests);
        for (int row = rows.next(batch.start); row >= 0; row = rows.next(row + 1)) {
            if (!row(batch, row, sink)) {
                return false;
            }
        }
        return true;
    }

    private boolean row(EntryBatch batch, int row, SampleSink sink) {
        long timestamp = batch.timestamps[row];
        if (constant != null) {
            return sink.sample(row, timestamp, value == SampleExtractor.Value.BYTES ? batch.lineLength(row) : 1, constant);
        }
        int[] offsets = batch.offsets;
        int from = offsets == null ? 0 : offsets[row];
        int to = offsets == null ? 0 : offsets[row + 1];
        builder.reset(timestamp, batch.lines == null ? NO_LINES : batch.lines, from, to, batch.metadata(row));
        for (RowStage stage : stages) {
            if (!stage.run(builder)) {
                return true;
            }
        }
        double sample = 1;
        if (unwrap != null) {
            Name name = unwrapName;
            if (name == null || !builder.find(name) || builder.valueFrom == builder.valueTo) {
                return true;
            }
            sample = unwrapped(unwrap.conversion());
            for (RowStage filter : unwrapFilters) {
                if (!filter.run(builder)) {
                    return true;
                }
            }
        } else if (value == SampleExtractor.Value.BYTES) {
            sample = builder.lineTo - builder.lineFrom;
        }
        return sink.sample(row, timestamp, sample, reducer.get());
    }

    /** The number that was found; 0 with an error if it is none. */
    private double unwrapped(Unwrap.Conversion conversion) {
        byte[] b = builder.valueBuffer;
        int from = builder.valueFrom;
        int to = builder.valueTo;
        try {
            return switch (conversion) {
                case NONE -> GoNumbers.parseFloat(b, from, to);
                case BYTES -> GoNumbers.unsignedToDouble(GoNumbers.parseBytes(b, from, to));
                case DURATION, DURATION_SECONDS -> GoNumbers.seconds(GoNumbers.parseDuration(b, from, to));
            };
        } catch (FormatException e) {
            builder.error = EXTRACTION_ERROR;
            builder.errorDetails = e.getMessage();
            return 0;
        }
    }
}
