package io.narfi.logql.pipeline;

import io.narfi.common.EntryBatch;
import java.util.List;

/** Applies line tests to whole batches. */
final class BatchFilter {
    private BatchFilter() {}

    /** The rows whose stored lines pass all tests. */
    static RowSet rows(EntryBatch batch, List<TextTest> tests) {
        RowSet rows = RowSet.all(batch.start, batch.end);
        if (tests.isEmpty()) {
            return rows;
        }
        PageText page = new PageText(batch);
        for (TextTest test : tests) {
            RowSet passed = new RowSet(batch.start, batch.end);
            test.match(page, rows, passed);
            rows = passed;
            if (rows.isEmpty()) {
                return rows;
            }
        }
        return rows;
    }
}
