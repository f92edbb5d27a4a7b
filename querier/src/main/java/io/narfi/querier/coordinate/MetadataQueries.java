package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.params.TimeRange;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.MetadataRows;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.Work;
import java.util.ArrayList;
import java.util.List;

/** Label names and values, series and totals, from the indexes of a snapshot's objects. */
public final class MetadataQueries {
    private final TenantSnapshots snapshots;
    private final Planner planner;
    private final TaskRunner tasks;
    private final int parallel;

    /** @param parallel the most tasks of a query that run at a time */
    public MetadataQueries(TenantSnapshots snapshots, Planner planner, TaskRunner tasks, int parallel) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.parallel = parallel;
    }

    /** What the streams with rows in the range have; the range's end counts, as in Loki's index. */
    public MetadataRows run(TimeRange range, Work.Metadata work, QueryContext context) throws Exception {
        long to = range.end() == Long.MAX_VALUE ? range.end() : range.end() + 1;
        TenantSources sources = snapshots.take(context.tenant(), range.start(), to, context);
        List<List<Task>> slices = new ArrayList<>();
        for (TimeSlice slice : planner.plan(sources, range.start(), to, Planner.Cut.COARSE)) {
            slices.add(slice.tasks().stream().map(scope -> new Task(scope, work)).toList());
        }
        List<MetadataRows> parts = new ArrayList<>();
        var _ = new SliceRunner(tasks, parallel).run(slices, false, context, results -> {
            for (TaskResult result : results) {
                if (!(result instanceof TaskResult.Metadata found)) {
                    throw new IllegalStateException("a metadata task gave " + result.getClass());
                }
                parts.add(found.rows());
            }
            return true;
        });
        return MetadataRows.merge(parts);
    }
}
