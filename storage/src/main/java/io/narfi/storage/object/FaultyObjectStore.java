package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A store around another one that goes wrong where a test wants it to: errors before or after the effect (an ambiguous outcome), delays,
 * gates, short listings, partial deletes and crashes, for calls chosen by operation, key, count, any predicate, or at random from a seed.
 * All rules that match a call apply: first every delay and gate, then the first failure in the order of injection.
 *
 * <p>A crash stands for the death of the process: the call, those in flight and all later ones throw {@link CrashException}, which no
 * retry loop takes for a failure of the store, until {@link #restart}. What reached the store before stays there. A test starts the
 * service anew over the restarted store and looks at what it makes of that.
 */
public final class FaultyObjectStore implements ObjectStore {
    /** The operations of a store. */
    public enum Operation {
        PUT_IF_ABSENT,
        PUT,
        GET,
        GET_RANGE,
        LIST,
        DELETE
    }

    /**
     * A call as rules see it.
     *
     * @param number of this call among all calls to the store, from 0
     * @param keys one key, or the prefix of a listing, or all keys of a delete
     */
    public record Call(long number, Operation operation, List<String> keys) {}

    /** The process has died; nothing of it should catch this. */
    public static final class CrashException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CrashException(Call call) {
            super("crashed in " + call);
        }
    }

    private interface Effect<T> {
        T run(List<Fault> faults) throws IOException;
    }

    private static final Set<Operation> ALL = EnumSet.allOf(Operation.class);

    private final ObjectStore delegate;
    private final List<FaultRule> rules = new CopyOnWriteArrayList<>();
    private final Map<Operation, AtomicLong> counts = new EnumMap<>(Operation.class);
    private final AtomicLong allCalls = new AtomicLong();
    private volatile boolean crashed;

    public FaultyObjectStore(ObjectStore delegate) {
        this.delegate = requireNonNull(delegate, "delegate is null");
        ALL.forEach(operation -> counts.put(operation, new AtomicLong()));
    }

    /** A rule for these operations, for all if none is named; in force once a fault is chosen. */
    public FaultRule on(Operation... operations) {
        return new FaultRule(this, operations.length == 0 ? ALL : EnumSet.copyOf(List.of(operations)));
    }

    void add(FaultRule rule) {
        rules.add(rule);
    }

    void remove(FaultRule rule) {
        rules.remove(rule);
    }

    /** Removes all rules. */
    public void heal() {
        rules.clear();
    }

    /** Removes all rules and ends a crash. */
    public void restart() {
        heal();
        crashed = false;
    }

    /** Whether a crash happened since the last restart. */
    public boolean crashed() {
        return crashed;
    }

    /** Calls of an operation so far, failed ones too. */
    public long calls(Operation operation) {
        return counter(operation).get();
    }

    private AtomicLong counter(Operation operation) {
        return requireNonNull(counts.get(operation));
    }

    @Override
    public PutResult putIfAbsent(String key, ObjectContent content) throws IOException {
        return call(Operation.PUT_IF_ABSENT, List.of(key), faults -> delegate.putIfAbsent(key, content));
    }

    @Override
    public void put(String key, ObjectContent content) throws IOException {
        call(Operation.PUT, List.of(key), faults -> {
            delegate.put(key, content);
            return true;
        });
    }

    @Override
    public byte[] get(String key, long maxBytes) throws IOException {
        return call(Operation.GET, List.of(key), faults -> delegate.get(key, maxBytes));
    }

    @Override
    public byte[] getRange(String key, long offset, int length) throws IOException {
        return call(Operation.GET_RANGE, List.of(key), faults -> delegate.getRange(key, offset, length));
    }

    @Override
    public Listing list(String prefix, String after, int limit) throws IOException {
        return call(Operation.LIST, List.of(prefix), faults -> {
            int rows = limit;
            for (Fault fault : faults) {
                if (fault instanceof Fault.ShortList(int shorter)) {
                    rows = Math.min(rows, shorter);
                }
            }
            return delegate.list(prefix, after, rows);
        });
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        List<String> all = List.copyOf(keys);
        call(Operation.DELETE, all, faults -> {
            for (Fault fault : faults) {
                if (fault instanceof Fault.PartialDelete(int first) && first < all.size()) {
                    delegate.delete(all.subList(0, first));
                    throw new ObjectStoreException("injected: deleted " + first + " of " + all.size() + " keys", null, true);
                }
            }
            delegate.delete(all);
            return true;
        });
    }

    @Override
    public void close() {
        delegate.close();
    }

    private <T> T call(Operation operation, List<String> keys, Effect<T> effect) throws IOException {
        counter(operation).incrementAndGet();
        Call call = new Call(allCalls.getAndIncrement(), operation, keys);
        dieIfCrashed(call);
        List<Fault> faults = new ArrayList<>();
        for (FaultRule rule : rules) {
            Fault fault = rule.faultFor(call);
            if (fault != null) {
                faults.add(fault);
            }
        }
        for (Fault fault : faults) {
            await(call, fault);
        }
        dieIfCrashed(call);
        Fault failure = firstFailure(faults);
        switch (failure) {
            case Fault.FailBefore(boolean retryable) -> throw new ObjectStoreException("injected before " + call, null, retryable);
            case Fault.CrashBefore() -> throw crash(call);
            case null, default -> {}
        }
        T result = effect.run(faults);
        dieIfCrashed(call);
        return switch (failure) {
            case Fault.FailAfter(boolean retryable) -> throw new ObjectStoreException("injected after " + call, null, retryable);
            case Fault.CrashAfter() -> throw crash(call);
            case null, default -> result;
        };
    }

    private static @Nullable Fault firstFailure(List<Fault> faults) {
        for (Fault fault : faults) {
            boolean failure = switch (fault) {
                case Fault.FailBefore _, Fault.FailAfter _, Fault.CrashBefore _, Fault.CrashAfter _ -> true;
                case Fault.Delay _, Fault.Hold _, Fault.ShortList _, Fault.PartialDelete _ -> false;
            };
            if (failure) {
                return fault;
            }
        }
        return null;
    }

    private static void await(Call call, Fault fault) throws IOException {
        try {
            if (fault instanceof Fault.Delay(var duration)) {
                Thread.sleep(duration);
            } else if (fault instanceof Fault.Hold(var gate)) {
                gate.pass();
            }
        } catch (InterruptedException e) {
            throw ObjectStores.interrupted(call.toString(), e);
        }
    }

    private void dieIfCrashed(Call call) {
        if (crashed) {
            throw new CrashException(call);
        }
    }

    private CrashException crash(Call call) {
        crashed = true;
        return new CrashException(call);
    }
}
