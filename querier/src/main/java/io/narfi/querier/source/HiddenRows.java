package io.narfi.querier.source;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.plan.Deletes;
import io.narfi.storage.FilteredSource;
import io.narfi.storage.RowFilter;
import io.narfi.storage.RowSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a tenant's delete requests hide in new segments. Their queries are compiled by the first who asks, once for all who share this.
 * Safe from any thread.
 */
public final class HiddenRows {
    private final List<Deletes.Request> requests;
    private final DeleteFilters compiler;
    private @Nullable List<RowFilter> filters;

    HiddenRows(List<Deletes.Request> requests, DeleteFilters compiler) {
        this.requests = List.copyOf(requests);
        this.compiler = requireNonNull(compiler, "compiler is null");
    }

    /** The rows of a segment that are not hidden. */
    public RowSource without(RowSource segment) {
        return requests.isEmpty() ? segment : new FilteredSource(segment, filters(), FilteredSource.Purpose.READ);
    }

    private synchronized List<RowFilter> filters() {
        List<RowFilter> known = filters;
        if (known == null) {
            known = compiler.of(requests);
            filters = known;
        }
        return known;
    }
}
