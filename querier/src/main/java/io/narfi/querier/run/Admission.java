package io.narfi.querier.run;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import java.util.List;

/** Lets queries in: so many at a time, tenants in turn, each with a deadline and a budget of memory. */
public final class Admission {
    private final TenantLimits limits;
    private final FairGate gate;
    private final MemoryPool memory;

    public Admission(TenantLimits limits, FairGate gate, MemoryPool memory) {
        this.limits = requireNonNull(limits, "limits is null");
        this.gate = requireNonNull(gate, "gate is null");
        this.memory = requireNonNull(memory, "memory is null");
    }

    /**
     * A query from its arrival until its answer is written. Its place among the running queries is given back earlier, by {@link
     * #endWork}: a client that reads slowly must not keep others waiting.
     */
    public static final class Admitted implements AutoCloseable {
        private final QueryContext context;
        private final FairGate.Permit permit;
        private final long arrival;
        private final long start;
        private long end;

        private Admitted(QueryContext context, FairGate.Permit permit, long arrival, long start) {
            this.context = context;
            this.permit = permit;
            this.arrival = arrival;
            this.start = start;
        }

        public QueryContext context() {
            return context;
        }

        /** Nanoseconds from the arrival to the start of the work. */
        public long queueNanos() {
            return start - arrival;
        }

        /** Nanoseconds from the start of the work to its end, or until now. */
        public long execNanos() {
            return (end == 0 ? System.nanoTime() : end) - start;
        }

        /** The answer is known; what is left is to write it. */
        public void endWork() {
            if (end == 0) {
                end = System.nanoTime();
                permit.close();
            }
        }

        @Override
        public void close() {
            endWork();
            context.close();
        }
    }

    /**
     * Waits until the query may run.
     *
     * @throws ApiException 429 if too many of the tenant wait, 504 if {@code query_timeout} is up
     */
    public Admitted admit(String tenant) throws InterruptedException {
        return admit(List.of(tenant), limits.forTenant(tenant), true);
    }

    /**
     * Waits until a query over some tenants may run.
     *
     * @param of what holds for it
     * @param cached whether results that were kept may be used
     * @throws ApiException 429 if too many of the tenants wait or they may not query at all, 504 if {@code query_timeout} is up
     */
    public Admitted admit(List<String> tenants, Limits of, boolean cached) throws InterruptedException {
        if (of.tsdbMaxQueryParallelism() < 1) {
            throw new ApiException(429, "querying is disabled, please contact your Loki operator");
        }
        long arrival = System.nanoTime();
        long timeout = of.queryTimeout() > 0 ? of.queryTimeout() : Long.MAX_VALUE / 2;
        long deadline = arrival + timeout;
        FairGate.Permit permit = gate.enter(String.join("|", tenants), deadline);
        QueryContext context = new QueryContext(tenants, cached, deadline, memory.open());
        return new Admitted(context, permit, arrival, System.nanoTime());
    }
}
