package io.narfi.ingester.write;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** Whether the object store could be reached lately. Safe from any thread. */
public final class StoreHealth {
    private volatile boolean reachable = true;

    public StoreHealth(MeterRegistry registry) {
        Gauge.builder("narfi_ingester_store_reachable", this, h -> h.reachable ? 1 : 0)
                .description("0 while segments go to the spool without trying the store")
                .register(registry);
    }

    boolean reachable() {
        return reachable;
    }

    void reached() {
        reachable = true;
    }

    void unreachable() {
        reachable = false;
    }
}
