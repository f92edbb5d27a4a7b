package io.narfi.logql.pipeline;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a pipeline over the batches of one stream, one after the other. For one thread. */
public final class StreamPipeline {
    private final CompiledStages compiled;
    private final LabelBuilder builder;
    private final ResultCache results;
    private final RowStage[] stages;

    StreamPipeline(CompiledStages compiled, LabelBuilder builder) {
        this.compiled = compiled;
        this.builder = builder;
        this.results = new ResultCache(builder);
        this.stages = new RowStage[compiled.rowStages().size()];
        for (int i = 0; i < stages.length; i++) {
            stages[i] = compiled.rowStages().get(i).bind(builder);
        }
    }

    /**
     * Gives the entries that pass to a sink.
     *
     * @param batch with lines
     * @param backward whether the last row comes first
     * @return whether the sink wanted all
     */
    public boolean process(EntryBatch batch, boolean backward, RowSink sink) {
        if (batch.isEmpty()) {
            return true;
        }
        RowSet rows = BatchFilter.rows(batch, compiled.lineTests());
        byte[] lines = Objects.requireNonNull(batch.lines, "the batch was read without lines");
        int[] offsets = Objects.requireNonNull(batch.offsets, "the batch was read without offsets");
        @Nullable ResultLabels[] byMetadata = new ResultLabels[stages.length > 0 || batch.metadata == null ? 1 : batch.metadata.length];
        int row = backward ? rows.previous(batch.end - 1) : rows.next(batch.start);
        while (row >= 0) {
            if (stages.length == 0) {
                ResultLabels labels = unchanged(batch, row, byMetadata);
                if (!sink.entry(row, batch.timestamps[row], lines, offsets[row], offsets[row + 1], labels)) {
                    return false;
                }
            } else {
                builder.reset(batch.timestamps[row], lines, offsets[row], offsets[row + 1], batch.metadata(row));
                if (run() && !sink.entry(row, batch.timestamps[row], builder.line, builder.lineFrom, builder.lineTo, results.get())) {
                    return false;
                }
            }
            row = backward ? rows.previous(row - 1) : rows.next(row + 1);
        }
        return true;
    }

    /** The labels of a row without stages, once per metadata of the batch. */
    private ResultLabels unchanged(EntryBatch batch, int row, @Nullable ResultLabels[] byMetadata) {
        int id = batch.metadataIds == null || batch.metadata == null ? 0 : batch.metadataIds[row];
        ResultLabels known = byMetadata[id];
        if (known == null) {
            Labels metadata = batch.metadata(row);
            builder.reset(batch.timestamps[row], builder.line, 0, 0, metadata);
            known = results.get();
            byMetadata[id] = known;
        }
        return known;
    }

    private boolean run() {
        for (RowStage stage : stages) {
            if (!stage.run(builder)) {
                return false;
            }
        }
        return true;
    }
}
