package io.narfi.logql.pipeline;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.EntryBatch;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import java.util.BitSet;
import java.util.List;

/** Tells which stored rows a log query would show. Safe from any thread. */
public final class RowSelector {
    private final List<LabelMatcher> matchers;
    private final Pipeline pipeline;

    private RowSelector(List<LabelMatcher> matchers, Pipeline pipeline) {
        this.matchers = List.copyOf(matchers);
        this.pipeline = requireNonNull(pipeline, "pipeline is null");
    }

    /** @throws ApiException 400 if it is no log query, or a stage cannot be built */
    public static RowSelector compile(String query) {
        if (LogQl.parse(query) instanceof LogExpr log) {
            return new RowSelector(log.selector(), Pipeline.compile(log.stages()));
        }
        throw ApiException.badRequest("only log selector is supported");
    }

    /** All of which a stream must pass. */
    public List<LabelMatcher> matchers() {
        return matchers;
    }

    /** Whether it shows every row of its streams. */
    public boolean takesAll() {
        return pipeline.isEmpty();
    }

    /** The rows of a stream that passes the matchers; for one thread. */
    public Rows forStream(Labels stream) {
        StreamPipeline stages = pipeline.forStream(stream);
        return (batch, selected) -> {
            var _ = stages.process(batch, false, (row, time, buffer, from, to, labels) -> {
                selected.set(row);
                return true;
            });
        };
    }

    /** Picks rows of one stream. */
    @FunctionalInterface
    public interface Rows {
        /** Sets the numbers of the rows that the query would show; the batch has lines. */
        void select(EntryBatch batch, BitSet selected);
    }
}
