package io.narfi.querier.peer;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The read processes as this one sees them. The list is looked up again when it is older than the interval; a failed look-up keeps the
 * last list. A peer that failed is asked last for a while, which doubles with each failure.
 */
public final class Peers {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);
    private static final long FIRST_SUSPENSION_NANOS = 1_000_000_000L;
    private static final int MAX_DOUBLINGS = 5;

    /** A place where a task can run. */
    public sealed interface Place {
        /** In this process. */
        record Here() implements Place {}

        /** In another process. */
        record There(PeerAddress address) implements Place {}
    }

    private record Failures(int count, long until) {}

    private static final Place HERE = new Place.Here();

    private final PeerResolver resolver;
    private final Predicate<PeerAddress> isSelf;
    private final long intervalNanos;
    private final LongSupplier nanoClock;
    private final Map<PeerAddress, Failures> failures = new ConcurrentHashMap<>();
    private @Nullable List<PeerAddress> others;
    /** What the other processes call this one; a word that names nobody while the look-up has not shown it. */
    private volatile String selfName = "here";
    private long resolvedAt;

    /**
     * @param resolver finds the addresses
     * @param isSelf whether an address is this process's own
     * @param intervalNanos how old the list may get
     * @param nanoClock {@link System#nanoTime}
     */
    public Peers(PeerResolver resolver, Predicate<PeerAddress> isSelf, long intervalNanos, LongSupplier nanoClock) {
        this.resolver = requireNonNull(resolver, "resolver is null");
        this.isSelf = requireNonNull(isSelf, "isSelf is null");
        this.intervalNanos = intervalNanos;
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    /** Whether an address belongs to this machine and the port is the one this process listens on. */
    public static Predicate<PeerAddress> localPort(int port) {
        return peer -> {
            if (peer.port() != port) {
                return false;
            }
            if (peer.address().isLoopbackAddress() || peer.address().isAnyLocalAddress()) {
                return true;
            }
            try {
                return NetworkInterface.getByInetAddress(peer.address()) != null;
            } catch (SocketException e) {
                LOG.warn("cannot tell whether a peer is this process peer={}", peer, e);
                return false;
            }
        };
    }

    /** Every place that can take a task, the preferred one first; suspended peers come last, and this process is always among them. */
    public List<Place> rank(String affinity) {
        List<Place> places = new ArrayList<>();
        places.add(HERE);
        for (PeerAddress peer : others()) {
            places.add(new Place.There(peer));
        }
        if (places.size() == 1) {
            return places;
        }
        List<Place> ranked = Rendezvous.rank(affinity, places, this::name);
        List<Place> ordered = new ArrayList<>(ranked.size());
        List<Place> suspended = new ArrayList<>();
        long now = nanoClock.getAsLong();
        for (Place place : ranked) {
            switch (place) {
                case Place.Here here -> ordered.add(here);
                case Place.There there -> {
                    Failures f = failures.get(there.address());
                    (f != null && f.until() - now > 0 ? suspended : ordered).add(there);
                }
            }
        }
        ordered.addAll(suspended);
        return ordered;
    }

    /** The peers other than this process. Who finds the list too old looks it up; meanwhile others go on with the old one. */
    public List<PeerAddress> others() {
        List<PeerAddress> known;
        synchronized (this) {
            long now = nanoClock.getAsLong();
            known = others;
            if (known != null && now - resolvedAt < intervalNanos) {
                return known;
            }
            resolvedAt = now;
        }
        List<PeerAddress> found = lookUp(known);
        failures.keySet().retainAll(found);
        synchronized (this) {
            others = found;
        }
        return found;
    }

    private List<PeerAddress> lookUp(@Nullable List<PeerAddress> known) {
        List<PeerAddress> found = new ArrayList<>();
        try {
            for (PeerAddress peer : resolver.resolve()) {
                if (isSelf.test(peer)) {
                    selfName = peer.toString();
                } else if (!found.contains(peer)) {
                    found.add(peer);
                }
            }
            return List.copyOf(found);
        } catch (IOException e) {
            LOG.warn("cannot look up peers, keeping the known ones", e);
            return known == null ? List.of() : known;
        }
    }

    /** Notes that a peer could not do a task. */
    void failed(PeerAddress peer) {
        long now = nanoClock.getAsLong();
        failures.compute(peer, (p, f) -> {
            int count = f == null ? 0 : Math.min(f.count() + 1, MAX_DOUBLINGS);
            return new Failures(count, now + (FIRST_SUSPENSION_NANOS << count));
        });
    }

    /** Notes that a peer did a task. */
    void worked(PeerAddress peer) {
        failures.remove(peer);
    }

    private String name(Place place) {
        return switch (place) {
            case Place.Here here -> selfName;
            case Place.There there -> there.address().toString();
        };
    }
}
