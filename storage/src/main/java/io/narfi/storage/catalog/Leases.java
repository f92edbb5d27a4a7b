package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Ulids;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.object.ObjectStore.PutResult;
import io.narfi.storage.proto.LeaseContent;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Leases as a chain of objects {@code leases/<name>/<epoch>}, each created with create-if-absent: who creates the next epoch holds the lease. The
 * holder stops at the deadline in the newest epoch, others take over a margin after it, so that clocks may differ by the margin. Leases only save work:
 * two holders at once are harmless, since commits check everything. For one thread at a time and name.
 */
public final class Leases {
    private static final String PREFIX = "leases/";
    private static final int DIGITS = 20;
    private static final int PAGE = 1000;
    private static final long MAX_BYTES = 4096;

    /** Newest epochs that are left when older ones are deleted. */
    private static final int KEEP = 2;

    private final ObjectStore store;
    private final String owner;
    private final Duration duration;
    private final Duration margin;
    private final InstantSource clock;
    private final Ulids ulids;

    /**
     * @param owner unique to the process
     * @param duration from a renewal to the deadline
     * @param margin after the deadline before others take over
     */
    public Leases(ObjectStore store, String owner, Duration duration, Duration margin, InstantSource clock) {
        this.store = requireNonNull(store, "store is null");
        this.owner = requireNonNull(owner, "owner is null");
        this.duration = requireNonNull(duration, "duration is null");
        this.margin = requireNonNull(margin, "margin is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.ulids = new Ulids(clock);
    }

    /** Takes a lease that is free, given back, run out, or held by this process; empty if another holds it. */
    public Optional<Lease> acquire(String name) throws IOException {
        List<Long> epochs = epochs(name);
        long newest = epochs.isEmpty() ? 0 : epochs.getLast();
        if (newest > 0) {
            LeaseContent content = read(name, newest);
            if (content != null && !content.getOwner().equals(owner) && clock.millis() < content.getDeadline() + marginOf(content)) {
                return Optional.empty();
            }
        }
        Optional<Lease> lease = create(name, newest + 1, clock.millis() + duration.toMillis());
        if (lease.isPresent()) {
            clean(name, epochs);
        }
        return lease;
    }

    /** Whether the holder may go on: its deadline has not come. */
    public boolean isHeld(Lease lease) {
        return clock.millis() < lease.deadline();
    }

    /** Moves the deadline; empty if another took the lease over. */
    public Optional<Lease> renew(Lease lease) throws IOException {
        // A lease that ran out may have changed hands more than once, and old epochs are deleted: look before creating.
        if (!isHeld(lease)) {
            return acquire(lease.name());
        }
        Optional<Lease> renewed = create(lease.name(), lease.epoch() + 1, clock.millis() + duration.toMillis());
        if (renewed.isPresent() && renewed.get().epoch() > KEEP) {
            store.delete(List.of(key(lease.name(), renewed.get().epoch() - KEEP)));
        }
        return renewed;
    }

    /** Gives a lease back, so that others need not wait for its deadline. */
    public void release(Lease lease) throws IOException {
        if (isHeld(lease)) {
            create(lease.name(), lease.epoch() + 1, 0);
        }
    }

    private long marginOf(LeaseContent content) {
        return content.getDeadline() == 0 ? 0 : margin.toMillis();
    }

    private Optional<Lease> create(String name, long epoch, long deadline) throws IOException {
        String id = ulids.next();
        LeaseContent content = LeaseContent.newBuilder()
                .setName(name)
                .setEpoch(epoch)
                .setOwner(owner)
                .setId(id)
                .setDeadline(deadline)
                .build();
        byte[] bytes = Envelope.wrap(Envelope.Kind.LEASE, content);
        if (store.putIfAbsent(key(name, epoch), ObjectContent.of(bytes)) == PutResult.EXISTS) {
            LeaseContent there = read(name, epoch);
            if (there == null || !there.getId().equals(id)) {
                return Optional.empty();
            }
        }
        return Optional.of(new Lease(name, owner, epoch, deadline));
    }

    /** Null if the epoch was just deleted, or is damaged: then it binds nobody. */
    private @Nullable LeaseContent read(String name, long epoch) throws IOException {
        String key = key(name, epoch);
        try {
            return Envelope.unwrap(key, Envelope.Kind.LEASE, store.get(key, MAX_BYTES), LeaseContent.parser());
        } catch (ObjectNotFoundException | CatalogCorruptException e) {
            return null;
        }
    }

    private List<Long> epochs(String name) throws IOException {
        String prefix = PREFIX + name + "/";
        List<Long> epochs = new ArrayList<>();
        String position = "";
        boolean more = true;
        while (more) {
            ObjectStore.Listing page = store.list(prefix, position, PAGE);
            for (ObjectInfo object : page.objects()) {
                position = object.key();
                epochs.add(Long.parseLong(position.substring(prefix.length())));
            }
            more = page.truncated() && !page.objects().isEmpty();
        }
        return epochs;
    }

    private void clean(String name, List<Long> before) throws IOException {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < before.size() - KEEP; i++) {
            keys.add(key(name, before.get(i)));
        }
        if (!keys.isEmpty()) {
            store.delete(keys);
        }
    }

    private static String key(String name, long epoch) {
        return PREFIX + name + "/" + String.format(Locale.ROOT, "%0" + DIGITS + "d", epoch);
    }
}
