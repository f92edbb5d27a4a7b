package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
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
import io.narfi.querier.task.TenantLabels;
import io.narfi.querier.task.Work;
import io.narfi.querier.task.Work.Metadata.Kind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Label names and values, and series, from the indexes of a snapshot's objects. */
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
        if (context.ofSeveral() && work.kind() == Kind.LABEL_VALUES && work.name().equals(TenantLabels.NAME)) {
            return MetadataRows.ofStrings(context.tenants());
        }
        long to = range.end() == Long.MAX_VALUE ? range.end() : range.end() + 1;
        List<List<Task>> slices = new ArrayList<>();
        List<String> tenantOfSlice = new ArrayList<>();
        for (String tenant : context.tenants()) {
            Work.Metadata own = context.ofSeveral() ? of(work, tenant) : work;
            if (own == null) {
                continue;
            }
            TenantSources sources = snapshots.take(tenant, range.start(), to, context);
            for (TimeSlice slice : planner.plan(sources, range.start(), to, Planner.Cut.COARSE)) {
                slices.add(slice.tasks().stream()
                        .map(scope -> new Task(scope, own, context.ofSeveral(), context.cached()))
                        .toList());
                tenantOfSlice.add(tenant);
            }
        }
        List<MetadataRows> parts = new ArrayList<>();
        Iterator<String> tenants = tenantOfSlice.iterator();
        var _ = new SliceRunner(tasks, parallel).run(slices, false, context, results -> {
            String tenant = tenants.next();
            for (TaskResult result : results) {
                if (!(result instanceof TaskResult.Metadata found)) {
                    throw new IllegalStateException("a metadata task gave " + result.getClass());
                }
                parts.add(context.ofSeveral() ? found.rows().map(labels -> TenantLabels.add(labels, tenant)) : found.rows());
            }
            return true;
        });
        if (context.ofSeveral() && work.kind() == Kind.LABEL_NAMES) {
            parts.add(MetadataRows.ofStrings(List.of(TenantLabels.NAME)));
        }
        return MetadataRows.merge(parts);
    }

    /** What a tenant is asked when several are; null if no selector chooses it. */
    private static Work.@Nullable Metadata of(Work.Metadata work, String tenant) {
        List<List<LabelMatcher>> groups = work.groups().stream()
                .filter(g -> !TenantLabels.chosen(g, List.of(tenant)).isEmpty())
                .map(TenantLabels::without)
                .toList();
        if (groups.isEmpty() && !work.groups().isEmpty()) {
            return null;
        }
        return new Work.Metadata(work.kind(), work.name().equals(TenantLabels.ORIGINAL) ? TenantLabels.NAME : work.name(), groups);
    }
}
