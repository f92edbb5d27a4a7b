package io.narfi.querier.task;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.QueryContext;
import io.narfi.storage.RowSource;
import io.narfi.storage.Selection;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Answers metadata requests from indexes and directories alone. */
final class MetadataScan {
    /** Roughly what a string or a label takes in memory. */
    private static final int STRING_OVERHEAD = 64;

    private final TaskScope scope;
    private final Work.Metadata work;
    private final List<RowSource> sources;
    private final QueryContext context;
    private final Set<String> strings = new HashSet<>();
    private final Set<Labels> series = new HashSet<>();

    MetadataScan(TaskScope scope, Work.Metadata work, List<RowSource> sources, QueryContext context) {
        this.scope = scope;
        this.work = work;
        this.sources = sources;
        this.context = context;
    }

    MetadataRows run() throws IOException {
        List<List<LabelMatcher>> groups = work.groups().isEmpty() ? List.of(List.of()) : work.groups();
        for (RowSource source : sources) {
            for (List<LabelMatcher> matchers : groups) {
                context.check();
                look(source, new Selection(scope.tenant(), matchers, scope.from(), scope.to(), scope.minHash(), scope.maxHash()));
            }
        }
        return new MetadataRows(strings, series);
    }

    private void look(RowSource source, Selection selection) throws IOException {
        switch (work.kind()) {
            case LABEL_NAMES -> source.labelNames(selection).forEach(this::add);
            case LABEL_VALUES -> source.labelValues(selection, work.name()).forEach(this::add);
            case SERIES -> source.series(selection).forEach(this::add);
        }
    }

    private void add(String string) {
        if (strings.add(string)) {
            context.memory().reserve(STRING_OVERHEAD + 2L * string.length());
        }
    }

    private void add(Labels labels) {
        if (series.add(labels)) {
            context.memory().reserve(STRING_OVERHEAD * (1L + 2L * labels.size()));
        }
    }
}
