package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.plan.Planner;
import io.narfi.querier.run.Admission;
import io.narfi.querier.source.CatalogSnapshots;
import io.narfi.querier.task.TaskRunner;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.catalog.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** The rows that were there before a tail, as a query over a snapshot gives them: it waits, and is limited, like other queries. */
public final class TailHistory {
    private final Admission admission;
    private final CatalogSnapshots sources;
    private final Planner planner;
    private final TaskRunner tasks;
    private final int parallel;

    /** @param parallel the most tasks of a query that run at a time */
    public TailHistory(Admission admission, CatalogSnapshots sources, Planner planner, TaskRunner tasks, int parallel) {
        this.admission = requireNonNull(admission, "admission is null");
        this.sources = requireNonNull(sources, "sources is null");
        this.planner = requireNonNull(planner, "planner is null");
        this.tasks = requireNonNull(tasks, "tasks is null");
        this.parallel = parallel;
    }

    /** As {@link #newest}, in the form that tails are given. */
    List<TailRow> rows(TailQuery query, Snapshot snapshot, long from, int limit) throws Exception {
        TailJson json = new TailJson(query.form());
        RowIds ids = new RowIds();
        List<TailRow> rows = new ArrayList<>();
        for (LogRow row : newest(query, snapshot, from, limit)) {
            byte[] line = row.line();
            long hash = ids.of(row.streamHash(), row.time(), line, 0, line.length, row.labels());
            byte[] text = json.entry(row.time(), line, 0, line.length, row.labels());
            rows.add(new TailRow(row.time(), hash, 0, json.stream(row.labels()), text));
        }
        return rows;
    }

    /** The newest rows of a snapshot from a time on, those of the future included, the oldest of them first. */
    List<LogRow> newest(TailQuery query, Snapshot snapshot, long from, int limit) throws Exception {
        QueryParams params = new QueryParams(query.query(), from, Long.MAX_VALUE, 1, 0, limit, Direction.BACKWARD);
        LogQueries logs = new LogQueries(
                (tenant, start, end, context) -> sources.in(snapshot, tenant, start, end, context), planner, tasks, parallel);
        try (Admission.Admitted admitted = admission.admit(query.tenant())) {
            return logs.run(params, 0, admitted.context()).rows().reversed();
        }
    }
}
