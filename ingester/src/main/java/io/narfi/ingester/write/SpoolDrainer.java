package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings spooled segments into the store, the oldest first, one at a time, under the keys they always had. Failures are waited out with
 * a growing pause, for as long as it takes.
 */
public final class SpoolDrainer {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolDrainer.class);

    private final Spool spool;
    private final ObjectStore store;
    private final StoreHealth health;
    private final Duration firstBackOff;
    private final Duration maxBackOff;
    private final Counter failures;
    private final Thread thread;
    private volatile boolean stopped;

    public SpoolDrainer(
            Spool spool, ObjectStore store, StoreHealth health, Duration firstBackOff, Duration maxBackOff, MeterRegistry registry) {
        this.spool = requireNonNull(spool, "spool is null");
        this.store = requireNonNull(store, "store is null");
        this.health = requireNonNull(health, "health is null");
        this.firstBackOff = requireNonNull(firstBackOff, "firstBackOff is null");
        this.maxBackOff = requireNonNull(maxBackOff, "maxBackOff is null");
        failures = Counter.builder("narfi_ingester_spool_drain_failures_total").register(registry);
        thread = Thread.ofVirtual().name("spool-drainer").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Stops; a segment that is being put stays in the spool, and is put again under its key after the next start. */
    public void stop() throws InterruptedException {
        stopped = true;
        thread.interrupt();
        thread.join();
    }

    private void run() {
        Duration pause = firstBackOff;
        while (!stopped) {
            try {
                SpoolFile file = spool.first();
                if (drain(file)) {
                    pause = firstBackOff;
                } else {
                    failures.increment();
                    Thread.sleep(pause);
                    pause = pause.multipliedBy(2).compareTo(maxBackOff) < 0 ? pause.multipliedBy(2) : maxBackOff;
                }
            } catch (InterruptedException e) {
                if (stopped) {
                    return;
                }
                LOG.warn("the drainer of the spool was interrupted by someone else; it goes on", e);
            }
        }
    }

    /** Whether the file is dealt with. */
    private boolean drain(SpoolFile file) {
        try {
            if (Files.notExists(file.path())) {
                spool.lost(file);
                return true;
            }
            if (!file.intact()) {
                spool.quarantine(file);
                return true;
            }
            ObjectStore.PutResult result = store.putIfAbsent(file.id().key(), new ObjectContent.LocalFile(file.path(), file.length()));
            LOG.debug("spooled segment {}: {}", file.id().key(), result);
            health.reached();
            spool.stored(file);
            return true;
        } catch (IOException e) {
            LOG.warn("spooled segment {} stays: {}", file.id().key(), e.getMessage());
            return false;
        } catch (RuntimeException e) {
            // A bug, here or in the store. The segment is safe where it is, and the next try may do better.
            LOG.error("spooled segment {} stays", file.id().key(), e);
            return false;
        }
    }
}
