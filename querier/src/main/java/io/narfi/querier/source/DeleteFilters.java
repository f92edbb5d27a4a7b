package io.narfi.querier.source;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.narfi.logql.pipeline.RowSelector;
import io.narfi.querier.plan.Deletes;
import io.narfi.storage.RowFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The filters of delete requests. Their queries are compiled once, as long as there is room. */
final class DeleteFilters {
    /** Characters of query text that are kept; a query takes some hundred times its text. */
    private static final long MAX_TEXT = 100_000;

    private final Cache<String, RowSelector> selectors = Caffeine.newBuilder()
            .maximumWeight(MAX_TEXT)
            .<String, RowSelector>weigher((text, selector) -> 100 + text.length())
            .build();

    List<RowFilter> of(List<Deletes.Request> requests) {
        List<RowFilter> filters = new ArrayList<>(requests.size());
        for (Deletes.Request r : requests) {
            RowSelector selector = Objects.requireNonNull(selectors.get(r.query(), RowSelector::compile));
            RowFilter.Tests tests = selector.takesAll() ? null : stream -> selector.forStream(stream)::select;
            filters.add(new RowFilter(selector.matchers(), r.from(), r.to(), tests));
        }
        return filters;
    }
}
