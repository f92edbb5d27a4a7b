package io.narfi.querier.results;

import static java.util.Objects.requireNonNull;

import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.LeafAccumulator;
import io.narfi.logql.engine.LeafPartial;
import io.narfi.logql.engine.MemoryBudget;
import io.narfi.logql.engine.StepGrid;
import io.narfi.logql.engine.Windows;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.results.Cuts.Piece;
import io.narfi.querier.run.ContextBudget;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.run.WorkerPool;
import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.stats.ScanStats;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.Work;
import io.narfi.storage.cache.BlobKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Metric tasks from pieces that were kept, and runs of pieces that were not. */
final class MetricPieces {
    private static final Logger LOG = LoggerFactory.getLogger(MetricPieces.class);
    /** With more holes than this, all from the first to the last is computed at once. */
    private static final int MAX_RUNS = 3;

    private final TaskRunner runner;
    private final ResultCache cache;
    private final CompiledQueries queries;
    private final WorkerPool workers;

    MetricPieces(TaskRunner runner, ResultCache cache, CompiledQueries queries, WorkerPool workers) {
        this.runner = runner;
        this.cache = cache;
        this.queries = queries;
        this.workers = workers;
    }

    /**
     * A piece of the task.
     *
     * @param grid the evaluations that its result is kept for
     * @param key its name; null if it is not to be kept
     * @param kept its result, if it was there
     */
    private record Part(Piece piece, StepGrid grid, @Nullable BlobKey key, byte @Nullable [] kept) {
        Part missing() {
            return new Part(piece, grid, key, null);
        }
    }

    /** Neighbouring pieces that were computed together. */
    private record Run(List<Part> parts, LeafPartial result) {
        long from() {
            return parts.getFirst().piece().from();
        }

        long to() {
            return parts.getLast().piece().to();
        }
    }

    TaskResult run(Task task, Work.Metric metric, CacheUse.Kind kind, QueryContext context) throws Exception {
        Leaf leaf = queries.metric(metric.query()).plan().leaves().get(metric.leaf());
        Cuts cuts = Cuts.of(leaf, metric.grid());
        if (cuts == null) {
            return runner.run(task, context);
        }
        ScanStats stats = new ScanStats();
        CacheUse use = stats.cache(kind);
        try {
            List<Part> parts = parts(task, metric, leaf, cuts, kind, use);
            if (parts.stream().allMatch(p -> p.key() == null)) {
                return runner.run(task, context);
            }
            List<List<Part>> missing = missing(parts);
            if (missing.size() > MAX_RUNS) {
                parts = withoutKept(parts, missing.getFirst().getFirst(), missing.getLast().getLast());
                missing = missing(parts);
            }
            List<Run> runs = new ArrayList<>();
            for (List<Part> some : missing) {
                runs.add(new Run(some, compute(task, metric, cuts, some, context)));
            }
            List<Part> all = parts;
            return workers.run(context, () -> {
                long start = System.nanoTime();
                TaskResult result = merge(leaf, metric.grid(), all, runs, context, use);
                stats.execNanos += System.nanoTime() - start;
                return result;
            });
        } catch (Damaged e) {
            LOG.warn("dropping a kept result that makes no sense: {}", e.toString());
            cache.remove(e.key);
            return runner.run(task, context);
        } finally {
            context.addStats(stats);
        }
    }

    private List<Part> parts(Task task, Work.Metric metric, Leaf leaf, Cuts cuts, CacheUse.Kind kind, CacheUse use) {
        TaskScope scope = task.scope();
        long from = scope.from();
        long to = scope.to();
        if (metric.grid().isInstant()) {
            // No window of another moment ends where this one does.
            Windows window = leaf.windows(metric.grid());
            from = Math.max(from, window.from());
            to = Math.min(to, window.to());
        }
        List<Part> parts = new ArrayList<>();
        for (Piece piece : cuts.pieces(from, to)) {
            StepGrid grid = cuts.grid(piece.from(), piece.to());
            if (!piece.whole()) {
                parts.add(new Part(piece, grid, null, null));
                continue;
            }
            Work.Metric work = new Work.Metric(metric.query(), metric.leaf(), grid);
            BlobKey key = ResultCache.key(new Task(scope.within(piece.from(), piece.to()), work, task.ofSeveral(), true));
            byte[] kept = cache.get(kind, key, use);
            boolean keep = kept != null || cache.isSettled(scope.tenant(), piece.to());
            parts.add(new Part(piece, grid, keep ? key : null, kept));
        }
        return parts;
    }

    private static List<List<Part>> missing(List<Part> parts) {
        List<List<Part>> runs = new ArrayList<>();
        boolean open = false;
        for (Part part : parts) {
            if (part.kept() != null) {
                open = false;
                continue;
            }
            if (!open) {
                runs.add(new ArrayList<>());
                open = true;
            }
            runs.getLast().add(part);
        }
        return runs;
    }

    private static List<Part> withoutKept(List<Part> parts, Part first, Part last) {
        int from = parts.indexOf(first);
        int to = parts.lastIndexOf(last);
        List<Part> changed = new ArrayList<>(parts);
        for (int i = from; i <= to; i++) {
            changed.set(i, parts.get(i).missing());
        }
        return changed;
    }

    private LeafPartial compute(Task task, Work.Metric metric, Cuts cuts, List<Part> parts, QueryContext context) throws Exception {
        long from = parts.getFirst().piece().from();
        long to = parts.getLast().piece().to();
        Work.Metric work = new Work.Metric(metric.query(), metric.leaf(), cuts.grid(from, to));
        TaskResult result = runner.run(new Task(task.scope().within(from, to), work, task.ofSeveral(), task.cached()), context);
        if (result instanceof TaskResult.Partial partial) {
            return partial.partial();
        }
        throw new IllegalStateException("a metric task gave " + result.getClass());
    }

    private TaskResult merge(Leaf leaf, StepGrid grid, List<Part> parts, List<Run> runs, QueryContext context, CacheUse use)
            throws Damaged {
        ContextBudget budget = new ContextBudget(context);
        LeafAccumulator sum = new LeafAccumulator(leaf, grid, budget);
        int nextRun = 0;
        for (int i = 0; i < parts.size(); ) {
            context.check();
            Part part = parts.get(i);
            byte[] kept = part.kept();
            if (kept != null) {
                sum.mergeWithin(decode(part, kept, leaf, budget), part.piece().from(), part.piece().to());
                use.lengthServed += part.piece().to() - part.piece().from();
                i++;
            } else {
                Run run = runs.get(nextRun++);
                sum.mergeWithin(run.result(), run.from(), run.to());
                run.parts().forEach(p -> keep(leaf, p, run.result(), use));
                i += run.parts().size();
            }
        }
        LeafPartial result = sum.finish();
        budget.settle(result.bytes());
        runs.forEach(run -> context.memory().release(run.result().bytes()));
        return new TaskResult.Partial(result);
    }

    private static LeafPartial decode(Part part, byte[] kept, Leaf leaf, MemoryBudget budget) throws Damaged {
        try {
            return LeafPartial.decode(kept, leaf, part.grid(), budget);
        } catch (IllegalArgumentException e) {
            throw new Damaged(part, e);
        }
    }

    private void keep(Leaf leaf, Part part, LeafPartial of, CacheUse use) {
        BlobKey key = part.key();
        if (key != null) {
            LeafAccumulator one = new LeafAccumulator(leaf, part.grid(), MemoryBudget.UNLIMITED);
            one.mergeWithin(of, part.piece().from(), part.piece().to());
            cache.put(key, one.finish().encode(), use);
        }
    }

    /** A kept result that cannot be read. */
    private static final class Damaged extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient BlobKey key;

        private Damaged(Part part, Throwable cause) {
            super(cause);
            this.key = requireNonNull(part.key());
        }
    }
}
