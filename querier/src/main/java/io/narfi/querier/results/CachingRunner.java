package io.narfi.querier.results;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.InvalidProtocolBufferException;
import io.narfi.querier.proto.TaskResponse;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.stats.CacheUse.Kind;
import io.narfi.querier.stats.ScanStats;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.ResponseCodec;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.Work;
import io.narfi.storage.cache.BlobKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks, or gives the results that were kept of them; the package says how. */
public final class CachingRunner implements TaskRunner {
    private static final Logger LOG = LoggerFactory.getLogger(CachingRunner.class);

    private final TaskRunner runner;
    private final ResultCache cache;
    private final CompiledQueries queries;
    private final MetricPieces pieces;

    /** @param runner computes what is not there */
    public CachingRunner(TaskRunner runner, ResultCache cache, CompiledQueries queries, WorkerPool workers) {
        this.runner = requireNonNull(runner, "runner is null");
        this.cache = requireNonNull(cache, "cache is null");
        this.queries = requireNonNull(queries, "queries is null");
        this.pieces = new MetricPieces(runner, cache, queries, workers);
    }

    @Override
    public TaskResult run(Task task, QueryContext context) throws Exception {
        Kind kind = kind(task.work());
        if (kind == null || !task.cached() || !cache.keeps(kind)) {
            return runner.run(task, context);
        }
        return task.work() instanceof Work.Metric metric ? pieces.run(task, metric, kind, context) : whole(task, kind, context);
    }

    /** What kind of result a work has; null if it is not kept. */
    private static @Nullable Kind kind(Work work) {
        return switch (work) {
            // Most end in the newest rows, which change all the time.
            case Work.Logs logs -> null;
            case Work.Metric metric -> metric.grid().isInstant() ? Kind.INSTANT : Kind.RANGE;
            case Work.Metadata metadata ->
                switch (metadata.kind()) {
                    case LABEL_NAMES, LABEL_VALUES -> Kind.LABELS;
                    case SERIES -> Kind.SERIES;
                };
            case Work.Volume volume -> Kind.VOLUME;
            case Work.StreamSizes sizes -> Kind.STATS;
            case Work.LabelSketches sketches -> Kind.LABELS;
            case Work.Patterns patterns -> null;
        };
    }

    /** Keeps the result as a whole: the task of a day that is over is the same whatever range it is a part of. */
    private TaskResult whole(Task task, Kind kind, QueryContext context) throws Exception {
        ScanStats stats = new ScanStats();
        CacheUse use = stats.cache(kind);
        BlobKey key = ResultCache.key(task);
        byte[] kept = cache.get(kind, key, use);
        try {
            if (kept != null) {
                try {
                    TaskResult result = ResponseCodec.decode(TaskResponse.parseFrom(kept), task, queries, context);
                    use.lengthServed += task.scope().to() - task.scope().from();
                    return result;
                } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
                    LOG.warn("dropping a kept result that makes no sense: {}", e.toString());
                    cache.remove(key);
                }
            }
            TaskResult result = runner.run(task, context);
            if (cache.isSettled(task.scope().tenant(), task.scope().to())) {
                cache.put(key, ResponseCodec.encode(result, new ScanStats()).toByteArray(), use);
            }
            return result;
        } finally {
            context.addStats(stats);
        }
    }
}
