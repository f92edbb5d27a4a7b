package io.narfi.querier.log;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** Merges the answers of tasks, each in the query's direction, into one, and cuts it off at the limit. */
public final class RowMerger {
    private static final class Head {
        private final List<LogRow> rows;
        private int at;

        private Head(List<LogRow> rows) {
            this.rows = rows;
        }

        private LogRow row() {
            return rows.get(at);
        }
    }

    private RowMerger() {}

    /** The first {@code limit} rows of all the lists. */
    public static List<LogRow> merge(List<List<LogRow>> lists, RowOrder order, int limit) {
        PriorityQueue<Head> heads = new PriorityQueue<>(Math.max(1, lists.size()), (a, b) -> order.compare(a.row(), b.row()));
        for (List<LogRow> list : lists) {
            if (!list.isEmpty()) {
                heads.add(new Head(list));
            }
        }
        List<LogRow> merged = new ArrayList<>();
        while (merged.size() < limit) {
            Head head = heads.poll();
            if (head == null) {
                break;
            }
            merged.add(head.row());
            head.at++;
            if (head.at < head.rows.size()) {
                heads.add(head);
            }
        }
        return merged;
    }
}
