package io.narfi.compactor;

import io.narfi.logql.pipeline.RowSelector;
import io.narfi.storage.FilteredSource;
import io.narfi.storage.RowFilter;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.BlockRef;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeletesApplied;
import io.narfi.storage.catalog.RowsDeleted;
import io.narfi.storage.catalog.TenantDeletes;
import java.util.ArrayList;
import java.util.List;

/**
 * What compaction leaves out of a tenant's blocks: the rows of its started delete requests.
 *
 * @param through the sequence of the last of them, 0 if there is none
 */
record Removal(List<RowFilter> filters, long through) {
    static final Removal NONE = new Removal(List.of(), 0);

    Removal {
        filters = List.copyOf(filters);
    }

    static Removal of(TenantDeletes deletes, RetentionPolicy policy) {
        if (!policy.deletes()) {
            return NONE;
        }
        List<RowFilter> filters = new ArrayList<>();
        long through = 0;
        for (DeleteRequest r : deletes.started()) {
            RowSelector selector = RowSelector.compile(r.query());
            RowFilter.Tests tests = selector.takesAll() ? null : stream -> selector.forStream(stream)::select;
            filters.add(new RowFilter(selector.matchers(), r.from(), r.to(), tests));
            through = r.sequence();
        }
        return new Removal(filters, through);
    }

    boolean isEmpty() {
        return filters.isEmpty();
    }

    StreamSlice apply(StreamSlice slice) {
        return FilteredSource.filter(slice, filters, FilteredSource.Purpose.REWRITE);
    }

    /** That rows of a tenant were left out, if there were any. */
    List<RowsDeleted> taken(String tenant, long rows) {
        return rows == 0 ? List.of() : List.of(new RowsDeleted(tenant, through));
    }

    /** That the rows are not in these blocks. */
    List<DeletesApplied> marks(List<BlockMeta> blocks) {
        return isEmpty() ? List.of() : blocks.stream().map(b -> new DeletesApplied(BlockRef.of(b), through)).toList();
    }
}
