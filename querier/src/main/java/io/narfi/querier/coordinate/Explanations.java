package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.logql.LogExpr;
import io.narfi.logql.Stage;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.storage.ScanRequest.Direction;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Tells how a query would be answered: its logical plan, and how the work would be split. Takes a snapshot, reads no rows. */
public final class Explanations {
    /** Slices that are listed one by one. */
    private static final int MAX_SLICES = 100;

    private final TenantSnapshots snapshots;
    private final Planner planner;
    private final CompiledQueries queries;

    public Explanations(TenantSnapshots snapshots, Planner planner, CompiledQueries queries) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    /** The plan of a log query as text, one fact a line. */
    public String log(LogExpr log, QueryParams params, QueryContext context) throws Exception {
        StringBuilder out = new StringBuilder("query: ").append(log.canonical()).append('\n');
        out.append("select ").append(new LogExpr(log.selector(), List.of()).canonical()).append('\n');
        for (Stage stage : log.stages()) {
            out.append("  ").append(stage.canonical()).append('\n');
        }
        String order = params.direction() == Direction.FORWARD ? "oldest" : "newest";
        out.append("the ").append(order).append(' ').append(params.limit()).append(" entries; slices are read from the ").append(order)
                .append(" on until they are found\n");
        for (String tenant : context.tenants()) {
            TenantSources sources = snapshots.take(tenant, params.start(), params.end(), context);
            List<TimeSlice> slices = planner.plan(sources, params.start(), params.end(), Planner.Cut.FINE);
            split(out, tenant, params.direction() == Direction.FORWARD ? slices : slices.reversed());
        }
        return out.toString();
    }

    /** The plan of a metric query or of variants as text, one fact a line. */
    public String metric(String query, StepGrid grid, QueryContext context) throws Exception {
        CompiledQueries.Metric compiled = queries.metric(query);
        StringBuilder out = new StringBuilder("query: ").append(compiled.plan().root().canonical()).append('\n');
        out.append("evaluated ").append(grid.isInstant() ? "once" : grid.count() + " times from").append(grid.isInstant() ? " at " : " ")
                .append(time(grid.start())).append('\n').append(compiled.plan().explain());
        for (Leaf leaf : compiled.plan().leaves()) {
            long from = leaf.from(grid);
            long to = leaf.to(grid);
            String columns = compiled.extractors().get(leaf.index()).forStream(Labels.EMPTY).columns().name().toLowerCase(Locale.ROOT);
            out.append("leaf ").append(leaf.index()).append(" reads ").append(columns).append(" from ").append(time(from)).append(" to ")
                    .append(time(to)).append('\n');
            for (String tenant : context.tenants()) {
                split(out, tenant, planner.plan(snapshots.take(tenant, from, to, context), from, to, Planner.Cut.COARSE));
            }
        }
        return out.toString();
    }

    private void split(StringBuilder out, String tenant, List<TimeSlice> slices) {
        List<TaskScope> tasks = slices.stream().flatMap(s -> s.tasks().stream()).toList();
        long bytes = tasks.stream().mapToLong(TaskScope::bytes).sum();
        out.append("tenant ").append(tenant).append(": ").append(tasks.size()).append(tasks.size() == 1 ? " task" : " tasks").append(", about ").append(bytes)
                .append(" bytes of lines");
        switch (tasks.size()) {
            case 0 -> out.append("; no object has rows in this time");
            case 1 -> out.append("; not split: ").append(planner.whyWhole(bytes));
            default -> out.append("; split by day and hour, then by streams so that a task has about ").append(planner.taskBytes()).append(" bytes");
        }
        out.append('\n');
        for (TimeSlice slice : slices.size() > MAX_SLICES ? slices.subList(0, MAX_SLICES) : slices) {
            List<TaskScope> scopes = slice.tasks();
            TaskScope first = scopes.getFirst();
            out.append("  ").append(time(slice.from())).append(" to ").append(time(slice.to())).append(": ").append(scopes.size())
                    .append(scopes.size() == 1 ? " task over " : " tasks over ").append(first.blocks().size()).append(" blocks and ")
                    .append(first.segments().size()).append(" segments\n");
        }
        if (slices.size() > MAX_SLICES) {
            out.append("  and ").append(slices.size() - MAX_SLICES).append(" more\n");
        }
    }

    private static String time(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L)).toString();
    }
}
