package io.narfi.querier.source;

import io.narfi.querier.plan.TenantSources;
import io.narfi.querier.run.QueryContext;
import java.io.IOException;

/** Says which objects hold a tenant's rows right now. */
@FunctionalInterface
public interface TenantSnapshots {
    /**
     * Every object with rows of the tenant in {@code [from, to)}, nanoseconds; what was acknowledged before the call is in them.
     */
    TenantSources take(String tenant, long from, long to, QueryContext context) throws IOException;
}
