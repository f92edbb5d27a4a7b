package io.narfi.storage.object;

import io.narfi.storage.object.FaultyObjectStore.Call;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which calls of a {@link FaultyObjectStore} meet which fault; made by {@link FaultyObjectStore#on}, narrowed by {@link #keys}, {@link
 * #when}, {@link #skip}, {@link #times} and {@link #randomly}, and in force from the call that names the fault on:
 *
 * {@snippet :
 * store.on(Operation.PUT_IF_ABSENT).keys("catalog/").skip(2).times(1).failAfter();
 * }
 */
public final class FaultRule {
    private final FaultyObjectStore store;
    private final Set<FaultyObjectStore.Operation> operations;
    private Predicate<Call> condition = call -> true;
    private long toSkip;
    private long toHit = Long.MAX_VALUE;
    private double probability = 1;
    private @Nullable Random random;
    private @Nullable Fault fault;
    private long hits;

    FaultRule(FaultyObjectStore store, Set<FaultyObjectStore.Operation> operations) {
        this.store = store;
        this.operations = operations;
    }

    /** Only calls with a key (for a listing: a prefix) that starts so. */
    public FaultRule keys(String prefix) {
        return when(call -> call.keys().stream().anyMatch(key -> key.startsWith(prefix)));
    }

    /** Only calls for which this holds too. */
    public FaultRule when(Predicate<Call> predicate) {
        condition = condition.and(predicate);
        return this;
    }

    /** Spares the first so many matching calls. */
    public FaultRule skip(long calls) {
        toSkip = calls;
        return this;
    }

    /** Hits at most so many calls. */
    public FaultRule times(long calls) {
        toHit = calls;
        return this;
    }

    /** Hits a matching call with a probability between 0 and 1, decided by a generator with this seed. */
    public FaultRule randomly(long seed, double chance) {
        if (!(chance >= 0 && chance <= 1)) {
            throw new IllegalArgumentException("not a probability: " + chance);
        }
        random = new Random(seed);
        probability = chance;
        return this;
    }

    /** Nothing happens, and the caller may try again. */
    public FaultRule failBefore() {
        return inject(new Fault.FailBefore(true));
    }

    /** It happens, but the caller gets an error after which it may try again. */
    public FaultRule failAfter() {
        return inject(new Fault.FailAfter(true));
    }

    /** Nothing happens, and to try again is of no use: 403 and the like. */
    public FaultRule refuse() {
        return inject(new Fault.FailBefore(false));
    }

    /** The calls take so much longer. */
    public FaultRule delay(Duration duration) {
        return inject(new Fault.Delay(duration));
    }

    /** The calls wait, before they have any effect, until the gate opens. */
    public FaultGate hold() {
        FaultGate gate = new FaultGate();
        inject(new Fault.Hold(gate));
        return gate;
    }

    /** The process dies before the effect. */
    public FaultRule crashBefore() {
        return inject(new Fault.CrashBefore());
    }

    /** The process dies after the effect. */
    public FaultRule crashAfter() {
        return inject(new Fault.CrashAfter());
    }

    /** Puts the rule in force with any fault. */
    public FaultRule inject(Fault newFault) {
        fault = newFault;
        store.add(this);
        return this;
    }

    /** Takes the rule out of force. */
    public void remove() {
        store.remove(this);
    }

    /** How many calls it has hit. */
    public synchronized long hits() {
        return hits;
    }

    synchronized @Nullable Fault faultFor(Call call) {
        if (!operations.contains(call.operation()) || !condition.test(call)) {
            return null;
        }
        if (toSkip > 0) {
            toSkip--;
            return null;
        }
        if (hits >= toHit || (random != null && random.nextDouble() >= probability)) {
            return null;
        }
        hits++;
        return fault;
    }
}
