package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.log.LogRow;
import io.narfi.querier.log.RowOrder;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.Work;
import io.narfi.storage.ScanRequest.Direction;
import java.util.ArrayList;
import java.util.List;

/**
 * Exports in pieces: each is a log query of its own over the newest snapshot, from where the one before ended, so that an export holds no
 * more than a query does and waits its turn among them. A piece ends between two streams or two times, never inside the rows that one
 * stream has of one time: those have no order that would survive compaction.
 */
public final class ExportQueries {
    private final TenantSnapshots snapshots;
    private final Planner planner;
    private final TaskRunner tasks;
    private final int parallel;

    /** @param parallel the most tasks of a query that run at a time */
    public ExportQueries(TenantSnapshots snapshots, Planner planner, TaskRunner tasks, int parallel) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.parallel = parallel;
    }

    /**
     * The next rows.
     *
     * @param query LogQL, a log query
     * @param at where to begin; before {@code end}
     * @param end of the range, nanoseconds, exclusive
     * @param limit the most rows, 1 or more
     * @param nanos after so long the piece ends with the slice of time that is worked on
     */
    public ExportBatch next(String query, ExportPosition at, long end, int limit, long nanos, QueryContext context) throws Exception {
        // The streams that are left of a time that was begun, or all of what follows.
        boolean begun = at.hash() != 0;
        long to = begun ? at.time() + 1 : end;
        TenantSources sources = snapshots.take(context.tenant(), at.time(), to, context);
        List<TimeSlice> slices = planner.plan(sources, at.time(), to, Planner.Cut.FINE);
        Work.Logs work = new Work.Logs(query, Direction.FORWARD, limit);
        List<List<Task>> taskLists = new ArrayList<>(slices.size());
        for (TimeSlice slice : slices) {
            List<Task> wanted = new ArrayList<>();
            for (TaskScope scope : slice.tasks()) {
                if (Long.compareUnsigned(scope.maxHash(), at.hash()) >= 0) {
                    wanted.add(new Task(scope.fromHash(at.hash()), work, false, context.cached()));
                }
            }
            taskLists.add(wanted);
        }
        RowCollector collector = new RowCollector(RowOrder.FORWARD, limit);
        long until = System.nanoTime() + nanos;
        int _ = new SliceRunner(tasks, parallel)
                .run(taskLists, true, context, results -> collector.take(results) && System.nanoTime() - until < 0);
        List<LogRow> rows = collector.rows();
        if (rows.size() < limit) {
            long covered = collector.slices() == slices.size() ? to : slices.get(collector.slices() - 1).to();
            return new ExportBatch(rows, new ExportPosition(covered, 0));
        }
        LogRow last = rows.getLast();
        int whole = rows.size();
        while (whole > 0 && rows.get(whole - 1).time() == last.time() && rows.get(whole - 1).streamHash() == last.streamHash()) {
            whole--;
        }
        return whole == 0
                ? new ExportBatch(List.of(), at)
                : new ExportBatch(rows.subList(0, whole), new ExportPosition(last.time(), last.streamHash()));
    }
}
