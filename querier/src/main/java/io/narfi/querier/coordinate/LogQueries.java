package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.log.RowMerger;
import io.narfi.querier.log.RowOrder;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.plan.TimeSlice;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.source.TenantSnapshots;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.TenantLabels;
import io.narfi.querier.task.Work;
import io.narfi.storage.ScanRequest.Direction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Log queries over a snapshot: slices of time in the query's direction, until the limit is filled. Slices ahead run already, few at first,
 * because most queries end in the first one.
 */
public final class LogQueries {
    private final TenantSnapshots snapshots;
    private final Planner planner;
    private final TaskRunner tasks;
    private final int parallel;

    /** @param parallel the most tasks of a query that run at a time */
    public LogQueries(TenantSnapshots snapshots, Planner planner, TaskRunner tasks, int parallel) {
        this.snapshots = requireNonNull(snapshots, "snapshots is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.parallel = parallel;
    }

    /** @param split length in nanoseconds of the pieces of time by which Loki spaces entries out, see {@link #spaced}; 0 for one piece */
    public LogAnswer run(QueryParams params, long split, QueryContext context) throws Exception {
        if (params.end() <= params.start()) {
            return new LogAnswer(List.of(), 0, 0);
        }
        List<TenantSources> sources = new ArrayList<>();
        for (String tenant : tenants(params.query(), context)) {
            sources.add(snapshots.take(tenant, params.start(), params.end(), context));
        }
        return params.interval() > 0
                ? spaced(params, split, sources, context)
                : first(params, sources, params.start(), params.end(), params.limit(), context);
    }

    /**
     * Entries at least {@code interval} apart, with Loki's answer: it cuts the query at multiples of {@code split_queries_by_interval},
     * takes the first {@code limit} entries of each piece, and only then leaves out those too near to the one kept before. So of dense
     * entries there come fewer than the limit, though more lie in the range.
     */
    private LogAnswer spaced(QueryParams params, long split, List<TenantSources> sources, QueryContext context) throws Exception {
        boolean forward = params.direction() == Direction.FORWARD;
        List<LogRow> kept = new ArrayList<>();
        long from = params.start();
        long to = params.end();
        int splits = 0;
        int started = 0;
        while (kept.size() < params.limit() && from < to) {
            context.check();
            long pieceFrom = forward || split == 0 || to - from <= Math.floorMod(to - 1, split) + 1
                    ? from
                    : to - 1 - Math.floorMod(to - 1, split);
            long pieceTo = !forward || split == 0 || to - from <= split - Math.floorMod(from, split)
                    ? to
                    : from + split - Math.floorMod(from, split);
            LogAnswer answer = first(params, sources, pieceFrom, pieceTo, params.limit(), context);
            splits += answer.splits();
            started += answer.tasks();
            for (LogRow row : answer.rows()) {
                boolean near = !kept.isEmpty() && distance(row.time(), kept.getLast().time()) < params.interval();
                if (!near && kept.size() < params.limit()) {
                    kept.add(row);
                }
            }
            if (forward) {
                from = pieceTo;
            } else {
                to = pieceFrom;
            }
        }
        return new LogAnswer(kept, splits, started);
    }

    private static long distance(long a, long b) {
        return Math.abs(a - b);
    }

    private static List<String> tenants(String query, QueryContext context) {
        return context.ofSeveral() && LogQl.parse(query) instanceof LogExpr log
                ? TenantLabels.chosen(log.selector(), context.tenants())
                : context.tenants();
    }

    /** The first entries of all the tenants; each could fill the limit alone. */
    private LogAnswer first(QueryParams params, List<TenantSources> sources, long from, long to, int limit, QueryContext context)
            throws Exception {
        List<List<LogRow>> rows = new ArrayList<>();
        int splits = 0;
        int started = 0;
        for (TenantSources tenant : sources) {
            LogAnswer answer = first(params, tenant, from, to, limit, context);
            rows.add(context.ofSeveral() ? TenantLabels.add(answer.rows(), tenant.tenant()) : answer.rows());
            splits += answer.splits();
            started += answer.tasks();
        }
        List<LogRow> merged = rows.size() == 1 ? rows.getFirst() : RowMerger.merge(rows, RowOrder.of(params.direction()), limit);
        return new LogAnswer(merged, splits, started);
    }

    private LogAnswer first(QueryParams params, TenantSources sources, long from, long to, int limit, QueryContext context)
            throws Exception {
        List<TimeSlice> slices = new ArrayList<>(planner.plan(sources, from, to, Planner.Cut.FINE));
        RowOrder order = RowOrder.of(params.direction());
        if (order == RowOrder.BACKWARD) {
            Collections.reverse(slices);
        }
        RowCollector collector = new RowCollector(order, limit);
        Work.Logs work = new Work.Logs(params.query(), params.direction(), limit);
        List<List<Task>> taskLists = slices.stream()
                .map(s -> s.tasks().stream()
                        .map(t -> new Task(t, work, context.ofSeveral(), context.cached()))
                        .toList())
                .toList();
        int started = new SliceRunner(tasks, parallel).run(taskLists, true, context, collector);
        return new LogAnswer(collector.rows(), collector.slices(), started);
    }
}
