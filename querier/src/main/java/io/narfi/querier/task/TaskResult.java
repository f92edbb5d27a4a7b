package io.narfi.querier.task;

import io.narfi.logql.engine.LeafPartial;
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
}
