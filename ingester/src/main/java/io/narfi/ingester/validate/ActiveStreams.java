package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The streams of one tenant that got rows lately, for the limits on their number and on the rate of each. A stream is forgotten when it
 * was idle for a while, as Loki's ingester does. The number of streams remembered over all tenants is bounded; beyond the bound new streams
 * are let in without being remembered, so that they count towards no limit and their rate is not watched.
 */
final class ActiveStreams {
    /** The bound over all tenants, shared by their instances. */
    static final class Bound {
        private final long most;
        private final AtomicLong used = new AtomicLong();

        Bound(long most) {
            this.most = most;
        }

        private boolean take() {
            if (used.incrementAndGet() > most) {
                used.decrementAndGet();
                return false;
            }
            return true;
        }

        private void give() {
            used.decrementAndGet();
        }

        long used() {
            return used.get();
        }
    }

    /** What came of a stream's rows. */
    enum Outcome {
        ACCEPTED,
        STREAM_LIMIT,
        RATE_LIMIT
    }

    private static final class Stream {
        private final TokenBucket bucket = new TokenBucket();
        private final String policy;
        private volatile long lastNanos;

        Stream(String policy) {
            this.policy = policy;
        }
    }

    private final Bound bound;
    private final long idleNanos;
    private final ConcurrentHashMap<Labels, Stream> streams = new ConcurrentHashMap<>();

    /** Streams by policies that have a limit of their own; guarded by this. */
    private final Map<String, Integer> byPolicy = new HashMap<>();

    private long lastSweep;
    private boolean swept;

    /** The tenant's state was dropped; a push that still holds it must not take from the bound what nobody would give back. */
    private boolean forgotten;

    /** @param idleNanos after which a stream without rows does not count any more */
    ActiveStreams(Bound bound, long idleNanos) {
        this.bound = requireNonNull(bound, "bound is null");
        this.idleNanos = idleNanos;
    }

    /**
     * Lets a batch of rows of one stream in, or not.
     *
     * @param policy the policy whose streams the limit counts, empty for all of the tenant's
     * @param limit most active streams, 0 for any number
     * @param perSecond bytes a second for one stream, 0 for any rate
     */
    Outcome admit(Labels labels, long bytes, String policy, int limit, double perSecond, double burst, long nowNanos) {
        Stream stream = streams.get(labels);
        if (stream == null) {
            synchronized (this) {
                stream = streams.get(labels);
                if (stream == null) {
                    sweep(nowNanos);
                    int active = policy.isEmpty() ? streams.size() : byPolicy.getOrDefault(policy, 0);
                    if (limit > 0 && active >= limit) {
                        return Outcome.STREAM_LIMIT;
                    }
                    stream = new Stream(policy);
                    stream.lastNanos = nowNanos;
                    if (!forgotten && bound.take()) {
                        streams.put(labels, stream);
                        if (!policy.isEmpty()) {
                            byPolicy.merge(policy, 1, Integer::sum);
                        }
                    }
                }
            }
        }
        stream.lastNanos = nowNanos;
        boolean fits = perSecond <= 0 || stream.bucket.take(nowNanos, perSecond, burst, bytes);
        return fits ? Outcome.ACCEPTED : Outcome.RATE_LIMIT;
    }

    int size() {
        return streams.size();
    }

    /** Forgets idle streams; a walk over all, so not more than once in a hundredth of the idle time. */
    synchronized void sweep(long nowNanos) {
        if (swept && nowNanos - lastSweep < idleNanos / 100) {
            return;
        }
        swept = true;
        lastSweep = nowNanos;
        Iterator<Stream> all = streams.values().iterator();
        while (all.hasNext()) {
            Stream stream = all.next();
            if (nowNanos - stream.lastNanos > idleNanos) {
                all.remove();
                bound.give();
                if (!stream.policy.isEmpty()) {
                    byPolicy.computeIfPresent(stream.policy, (_, n) -> n == 1 ? null : n - 1);
                }
            }
        }
    }

    /** Forgets all, for good. */
    synchronized void clear() {
        forgotten = true;
        Iterator<Stream> all = streams.values().iterator();
        while (all.hasNext()) {
            all.next();
            all.remove();
            bound.give();
        }
        byPolicy.clear();
    }
}
