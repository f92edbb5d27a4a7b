package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.catalog.Lease;
import io.narfi.storage.catalog.Leases;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds one lease as long as it is asked for: taken when free, renewed after a third of its time. For one thread. */
final class LeaseKeeper {
    private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

    private final Leases leases;
    private final String name;
    private final Duration duration;
    private final InstantSource clock;
    private @Nullable Lease lease;

    LeaseKeeper(Leases leases, String name, Duration duration, InstantSource clock) {
        this.leases = requireNonNull(leases, "leases is null");
        this.name = requireNonNull(name, "name is null");
        this.duration = requireNonNull(duration, "duration is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** The epoch under which to work now, or empty if another process does this work. */
    OptionalLong hold() throws IOException {
        Lease held = lease;
        if (held != null && clock.millis() < held.deadline() - duration.toMillis() * 2 / 3) {
            return OptionalLong.of(held.epoch());
        }
        try {
            lease = (held == null ? leases.acquire(name) : leases.renew(held)).orElse(null);
        } catch (IOException e) {
            if (held == null || !leases.isHeld(held)) {
                lease = null;
                throw e;
            }
            // There is time left to try again.
            log.warn("cannot renew a lease name={} epoch={}", name, held.epoch(), e);
        }
        Lease now = lease;
        return now == null ? OptionalLong.empty() : OptionalLong.of(now.epoch());
    }

    /** Lets another process have it at once. */
    void release() {
        Lease held = lease;
        lease = null;
        if (held != null) {
            try {
                leases.release(held);
            } catch (IOException e) {
                log.warn("cannot give back a lease, it will run out name={} epoch={}", name, held.epoch(), e);
            }
        }
    }
}
