package io.narfi.querier.task;

import io.narfi.logql.engine.LeafPartial;
import io.narfi.querier.discover.LabelSketchSet;
import io.narfi.querier.discover.PatternRows;
import io.narfi.querier.discover.StreamTotals;
import io.narfi.querier.discover.VolumeRows;
import io.narfi.querier.log.LogRow;
import java.util.List;

/** What a task found. */
public sealed interface TaskResult {
    /** The first rows in the query's direction, at most the limit; their memory is counted against the query. */
    record Rows(List<LogRow> rows) implements TaskResult {
        public Rows {
            rows = List.copyOf(rows);
        }
    }

    /** The partial result of a leaf; its {@link LeafPartial#bytes} are counted against the query. */
    record Partial(LeafPartial partial) implements TaskResult {}

    /** What the indexes say. */
    record Metadata(MetadataRows rows) implements TaskResult {}

    /** Bytes by series and bucket. */
    record Volume(VolumeRows rows) implements TaskResult {}

    /** Rows and bytes of each stream. */
    record StreamSizes(StreamTotals totals) implements TaskResult {}

    /** What the values of labels look like. */
    record LabelSketches(LabelSketchSet sketches) implements TaskResult {}

    /** What lines have in common. */
    record Patterns(PatternRows rows) implements TaskResult {}
}
