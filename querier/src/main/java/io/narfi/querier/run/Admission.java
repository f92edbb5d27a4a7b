package io.narfi.querier.run;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;

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
     * @throws io.narfi.common.ApiException 429 if too many of the tenant wait, 504 if {@code query_timeout} is up
     */
    public Admitted admit(String tenant) throws InterruptedException {
        Limits of = limits.forTenant(tenant);
        long arrival = System.nanoTime();
        long timeout = of.queryTimeout() > 0 ? of.queryTimeout() : Long.MAX_VALUE / 2;
        long deadline = arrival + timeout;
        FairGate.Permit permit = gate.enter(tenant, deadline);
        QueryContext context = new QueryContext(tenant, deadline, memory.open());
        return new Admitted(context, permit, arrival, System.nanoTime());
    }
}
