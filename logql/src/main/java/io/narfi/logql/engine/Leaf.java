package io.narfi.logql.engine;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.Grouping;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.MetricExpr.VectorAggregation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range aggregation of a query, which can be computed in parts: its time may be cut anywhere, and its streams dealt out in any way, as long
 * as each sample is counted in one part. A plan's leaves are numbered from 0, the same for the same query text everywhere.
 *
 * @param range the aggregation as written
 * @param parent the vector aggregation directly around it, which may let the extractor drop labels early (logql.md §8.2); null if none
 */
public record Leaf(int index, RangeAggregation range, @Nullable VectorAggregation parent) {
    public Leaf {
        requireNonNull(range, "range is null");
    }

    public List<LabelMatcher> selector() {
        return range.range().log().selector();
    }

    /** Least time of a sample that matters, in nanoseconds. */
    public long from(StepGrid grid) {
        return windows(grid).from();
    }

    /** Greatest time of a sample that matters, plus one. */
    public long to(StepGrid grid) {
        return windows(grid).to();
    }

    public Windows windows(StepGrid grid) {
        return new Windows(grid, range.range().rangeNanos(), range.range().offsetNanos());
    }

    /** Whether partial results hold samples, and not only a cell per series and pane. */
    public boolean keepsSamples() {
        return !new RangeFunction(range).merges();
    }

    /** How samples are grouped into series before the function is applied, null if by all their labels. */
    public @Nullable Grouping grouping() {
        if (range.op() == RangeOp.ABSENT_OVER_TIME) {
            return new Grouping(false, List.of());
        }
        if (range.grouping() != null) {
            return range.grouping();
        }
        VectorAggregation outer = parent;
        if (outer == null || !QueryPlanner.isPushedDown(outer, range)) {
            return null;
        }
        return outer.grouping() == null ? new Grouping(false, List.of()) : outer.grouping();
    }
}
