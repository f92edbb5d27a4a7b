package io.narfi.querier.run;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.querier.stats.ScanStats;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One running query, or one task of it on a peer: whose it is, until when it may run, what memory it may hold, and what it has done so
 * far. Safe for any thread.
 */
public final class QueryContext implements AutoCloseable {
    private static final String TIMED_OUT = "request timed out, decrease the duration of the request or add more label matchers "
            + "(prefer exact match over regex match) to reduce the amount of data processed";

    private final List<String> tenants;
    private final String tenant;
    private final boolean cached;
    private final long deadline;
    private final MemoryPool.Budget memory;
    private final ScanStats stats;
    private final @Nullable QueryContext parent;
    private final Set<String> held;
    private volatile boolean cancelled;

    /** @param deadline in the time of {@link System#nanoTime} */
    public QueryContext(String tenant, long deadline, MemoryPool.Budget memory) {
        this(List.of(tenant), true, deadline, memory);
    }

    /**
     * A query of one or more tenants.
     *
     * @param cached whether results that were kept may be used
     * @param deadline in the time of {@link System#nanoTime}
     */
    public QueryContext(List<String> tenants, boolean cached, long deadline, MemoryPool.Budget memory) {
        this.tenants = List.copyOf(tenants);
        this.tenant = String.join("|", this.tenants);
        this.cached = cached;
        this.deadline = deadline;
        this.memory = requireNonNull(memory, "memory is null");
        this.stats = new ScanStats();
        this.held = ConcurrentHashMap.newKeySet();
        this.parent = null;
    }

    private QueryContext(QueryContext parent) {
        this.tenants = parent.tenants;
        this.tenant = parent.tenant;
        this.cached = parent.cached;
        this.deadline = parent.deadline;
        this.memory = parent.memory;
        this.stats = parent.stats;
        this.held = parent.held;
        this.parent = parent;
    }

    /** A part of the query that can be cancelled without the rest; it shares everything else, and needs no closing. */
    public QueryContext part() {
        return new QueryContext(this);
    }

    /** The query that this is a part of, or this if it is the whole. */
    public QueryContext whole() {
        QueryContext of = parent;
        return of == null ? this : of.whole();
    }

    /** Whose query it is, by name; of several tenants all their names. */
    public String tenant() {
        return tenant;
    }

    /** The tenants whose data is asked for, one or more. */
    public List<String> tenants() {
        return tenants;
    }

    /** Whether several tenants' data is asked for, so that results carry the tenant's label. */
    public boolean ofSeveral() {
        return tenants.size() > 1;
    }

    /** Whether results that were kept may be used. */
    public boolean cached() {
        return cached;
    }

    public long deadline() {
        return deadline;
    }

    /** Nanoseconds until the deadline; negative after it. */
    public long nanosLeft() {
        return deadline - System.nanoTime();
    }

    public MemoryPool.Budget memory() {
        return memory;
    }

    /**
     * Counts an object that the query keeps in memory until its end, whichever of its tasks use it; a second time it costs nothing.
     *
     * @throws ApiException if there is no memory for it
     */
    public void hold(String key, long bytes) {
        if (held.add(key)) {
            memory.reserve(bytes);
        }
    }

    /** Makes every later {@link #check} throw; what runs for the query ends soon. */
    public void cancel() {
        cancelled = true;
    }

    public boolean cancelled() {
        return cancelled || (parent != null && parent.cancelled());
    }

    /**
     * To be called now and then by whoever works for the query, at least once for every page that is read.
     *
     * @throws ApiException 499 if the query was cancelled, 504 if its time is up
     */
    public void check() {
        if (cancelled() || Thread.currentThread().isInterrupted()) {
            throw clientGone();
        }
        if (nanosLeft() <= 0) {
            throw timedOut();
        }
    }

    public void addStats(ScanStats task) {
        synchronized (stats) {
            stats.add(task);
        }
    }

    /** A copy of the sums so far. */
    public ScanStats stats() {
        ScanStats copy = new ScanStats();
        synchronized (stats) {
            copy.add(stats);
        }
        return copy;
    }

    public static ApiException timedOut() {
        return new ApiException(504, TIMED_OUT);
    }

    public static ApiException clientGone() {
        return new ApiException(499, "the request was cancelled by the client");
    }

    @Override
    public void close() {
        cancelled = true;
        memory.close();
    }
}
