package io.narfi.querier.task;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.discover.VolumeSpec;
import io.narfi.storage.ScanRequest.Direction;
import java.util.List;

/** What a task is to do with the rows of its scope. */
public sealed interface Work {
    /**
     * The first entries of a log query.
     *
     * @param query LogQL, a log query
     * @param limit the most entries wanted, 1 or more
     */
    record Logs(String query, Direction direction, int limit) implements Work {
        public Logs {
            requireNonNull(query, "query is null");
            requireNonNull(direction, "direction is null");
        }
    }

    /**
     * The partial result of one leaf of a metric query's plan.
     *
     * @param query LogQL, a metric query
     * @param leaf which leaf, in the planner's order
     * @param grid the moments of evaluation
     */
    record Metric(String query, int leaf, StepGrid grid) implements Work {
        public Metric {
            requireNonNull(query, "query is null");
            requireNonNull(grid, "grid is null");
        }
    }

    /**
     * What the indexes say of the streams that pass every matcher of any group; no group means all streams.
     *
     * @param name the label whose values are wanted, else empty
     */
    record Metadata(Kind kind, String name, List<List<LabelMatcher>> groups) implements Work {
        /** What is wanted. */
        public enum Kind {
            LABEL_NAMES,
            LABEL_VALUES,
            SERIES
        }

        public Metadata {
            requireNonNull(kind, "kind is null");
            requireNonNull(name, "name is null");
            groups = List.copyOf(groups);
        }
    }

    /**
     * Bytes of streams in buckets of time, from page directories where a page lies in one bucket.
     *
     * @param selector conditions on streams; none for all streams
     */
    record Volume(List<LabelMatcher> selector, VolumeSpec spec) implements Work {
        public Volume {
            selector = List.copyOf(selector);
            requireNonNull(spec, "spec is null");
        }
    }

    /**
     * Rows and bytes of each stream, by its stable hash.
     *
     * @param selector conditions on streams; none for all streams
     * @param first whether no task of the query is before it: what lies across the border of two tasks counts in the first of them
     */
    record StreamSizes(List<LabelMatcher> selector, boolean first) implements Work {
        public StreamSizes {
            selector = List.copyOf(selector);
        }
    }

    /**
     * How many values each label has, and what they look like.
     *
     * @param selector conditions on streams; none for all streams
     */
    record LabelSketches(List<LabelMatcher> selector) implements Work {
        public LabelSketches {
            selector = List.copyOf(selector);
        }
    }

    /**
     * What the lines of streams have in common.
     *
     * @param selector conditions on streams
     * @param step width of the buckets in which lines are counted, nanoseconds
     * @param sampling one page in so many is read, and its lines count so many times; 1 for all
     */
    record Patterns(List<LabelMatcher> selector, long step, int sampling) implements Work {
        public Patterns {
            selector = List.copyOf(selector);
            if (step < 1 || sampling < 1) {
                throw new IllegalArgumentException("step " + step + ", sampling " + sampling);
            }
        }
    }
}
