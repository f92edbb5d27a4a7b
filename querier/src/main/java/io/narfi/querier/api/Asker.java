package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Limits;
import io.narfi.querier.params.QueryTags;
import io.narfi.querier.params.RequestLimits;
import java.util.List;

/**
 * Who asks, and what holds for the request.
 *
 * @param tenants whose data is asked for, ascending, one or more
 * @param limits the strictest of theirs and of the request's own
 * @param narrowed what the request says of its own limits
 * @param cached whether answers that were kept may be used
 */
record Asker(List<String> tenants, Limits limits, RequestLimits narrowed, QueryTags tags, boolean cached) {
    Asker {
        tenants = List.copyOf(tenants);
        requireNonNull(limits, "limits is null");
        requireNonNull(narrowed, "narrowed is null");
        requireNonNull(tags, "tags is null");
    }

    boolean isDrilldown() {
        return tags.isDrilldown();
    }
}
