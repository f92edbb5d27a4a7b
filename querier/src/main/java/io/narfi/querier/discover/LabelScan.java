package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.RowSource;
import io.narfi.storage.Selection;
import io.narfi.storage.block.BlockMeta;
import java.io.IOException;
import java.util.List;

/** Sketches the labels of streams from indexes alone; of a block that is wanted whole, from its lists of values. */
public final class LabelScan {
    private final TaskScope scope;
    private final QueryContext context;

    public LabelScan(TaskScope scope, QueryContext context) {
        this.scope = requireNonNull(scope, "scope is null");
        this.context = requireNonNull(context, "context is null");
    }

    /**
     * The labels of streams with rows in the scope.
     *
     * @param sources the scope's blocks, then its segments
     */
    public LabelSketchSet run(List<RowSource> sources, List<LabelMatcher> selector) throws IOException {
        LabelSketchSet sketches = new LabelSketchSet(context.memory());
        Selection selection = new Selection(scope.tenant(), selector, scope.from(), scope.to(), scope.minHash(), scope.maxHash());
        for (int i = 0; i < sources.size(); i++) {
            context.check();
            RowSource source = sources.get(i);
            if (i < scope.blocks().size() && selector.isEmpty() && isWhole(scope.blocks().get(i))) {
                for (String name : source.labelNames(selection)) {
                    source.labelValues(selection, name).forEach(value -> sketches.add(name, value));
                }
            } else {
                for (Labels labels : source.series(selection)) {
                    for (int k = 0; k < labels.size(); k++) {
                        sketches.add(labels.name(k), labels.value(k));
                    }
                }
            }
        }
        return sketches;
    }

    private boolean isWhole(BlockMeta block) {
        return scope.from() <= block.minTime() && scope.to() > block.maxTime() && scope.minHash() == 0 && scope.maxHash() == -1;
    }
}
