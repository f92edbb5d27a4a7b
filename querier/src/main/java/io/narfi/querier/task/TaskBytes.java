package io.narfi.querier.task;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.ByteSizes;
import io.narfi.common.TenantLimits;
import io.narfi.querier.plan.TaskScope;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.StreamSlice;
import java.util.List;

/** Refuses tasks whose streams hold more bytes than one process may work on ({@code max_querier_bytes_read}); asks the index alone. */
final class TaskBytes {
    private final TenantLimits limits;

    TaskBytes(TenantLimits limits) {
        this.limits = requireNonNull(limits, "limits is null");
    }

    void check(TaskScope scope, List<StreamGroup> streams) {
        long limit = limits.forTenant(scope.tenant()).maxQuerierBytesRead();
        if (limit <= 0) {
            return;
        }
        double bytes = 0;
        for (StreamGroup stream : streams) {
            for (StreamSlice slice : stream.slices()) {
                bytes += (slice.lineBytes() + slice.metadataBytes()) * part(slice, scope);
            }
        }
        if (bytes > limit) {
            throw ApiException.badRequest(text(scope, ByteSizes.humanIec((long) bytes), ByteSizes.humanIec(limit)));
        }
    }

    /** How much of the slice's time is in the scope's, as if its rows were spread evenly. */
    private static double part(StreamSlice slice, TaskScope scope) {
        double length = (double) slice.maxTime() - slice.minTime() + 1;
        double overlap = (double) Math.min(slice.maxTime(), scope.to() - 1) - Math.max(slice.minTime(), scope.from()) + 1;
        return Math.clamp(overlap / length, 0, 1);
    }

    private static String text(TaskScope scope, String bytes, String limit) {
        boolean whole = scope.minHash() == 0 && scope.maxHash() == -1;
        String sizes = "(query: " + bytes + ", limit: " + limit + "); ";
        return whole
                ? "query too large to execute on a single querier: " + sizes + "consider adding more specific stream selectors, reduce the "
                        + "time range of the query, or adjust parallelization settings"
                : "shard query is too large to execute on a single querier: " + sizes + "consider adding more specific stream selectors or "
                        + "reduce the time range of the query";
    }
}
