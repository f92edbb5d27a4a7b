package io.narfi.querier.coordinate;

import io.narfi.querier.log.LogRow;
import io.narfi.querier.log.RowMerger;
import io.narfi.querier.log.RowOrder;
import io.narfi.querier.task.TaskResult;
import java.util.ArrayList;
import java.util.List;

/** The first rows of a log query, from the tasks of slice after slice. */
final class RowCollector implements SliceRunner.Taker {
    private final RowOrder order;
    private final int limit;
    private final List<LogRow> rows = new ArrayList<>();
    private int slices;

    /** @param order in which the slices come, too */
    RowCollector(RowOrder order, int limit) {
        this.order = order;
        this.limit = limit;
    }

    @Override
    public boolean take(List<TaskResult> results) {
        List<List<LogRow>> lists = new ArrayList<>(results.size());
        for (TaskResult result : results) {
            if (!(result instanceof TaskResult.Rows found)) {
                throw new IllegalStateException("a log task gave " + result.getClass());
            }
            lists.add(found.rows());
        }
        rows.addAll(RowMerger.merge(lists, order, limit - rows.size()));
        slices++;
        return rows.size() < limit;
    }

    List<LogRow> rows() {
        return rows;
    }

    /** Slices that were taken. */
    int slices() {
        return slices;
    }
}
