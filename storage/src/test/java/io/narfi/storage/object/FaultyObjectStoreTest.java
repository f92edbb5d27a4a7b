package io.narfi.storage.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.storage.object.FaultyObjectStore.CrashException;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.ObjectStore.PutResult;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FaultyObjectStoreTest extends ObjectStoreContract {
    private static final ObjectContent CONTENT = ObjectContent.of(new byte[] {1, 2, 3});

    private final InMemoryObjectStore memory = new InMemoryObjectStore();
    private final FaultyObjectStore faulty = new FaultyObjectStore(memory);

    @Override
    protected ObjectStore open() {
        return new FaultyObjectStore(new InMemoryObjectStore());
    }

    @Test
    void failsBeforeTheEffectAsOftenAsToldThenNoMore() throws IOException {
        FaultRule rule = faulty.on(Operation.PUT_IF_ABSENT).keys("catalog/").skip(1).times(2).failBefore();
        assertThat(faulty.putIfAbsent("catalog/1", CONTENT)).isEqualTo(PutResult.CREATED);
        for (int i = 0; i < 2; i++) {
            assertThat(faulty.putIfAbsent("segments/" + i, CONTENT)).isEqualTo(PutResult.CREATED);
            assertThatThrownBy(() -> faulty.putIfAbsent("catalog/2", CONTENT))
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
        }
        assertThat(rule.hits()).isEqualTo(2);
        assertThat(faulty.putIfAbsent("catalog/2", CONTENT)).isEqualTo(PutResult.CREATED);
        assertThat(faulty.calls(Operation.PUT_IF_ABSENT)).isEqualTo(6);
        assertThat(faulty.calls(Operation.GET)).isZero();
    }

    @Test
    void failsAfterTheEffectSoThatTheNextTryFindsIt() throws IOException {
        faulty.on(Operation.PUT_IF_ABSENT).times(1).failAfter();
        assertThatThrownBy(() -> faulty.putIfAbsent("k", CONTENT)).isInstanceOf(ObjectStoreException.class);
        assertThat(memory.get("k", 3)).containsExactly(1, 2, 3);
        assertThat(faulty.putIfAbsent("k", CONTENT)).isEqualTo(PutResult.EXISTS);
    }

    @Test
    void aCrashEndsAllCallsUntilTheRestart() throws IOException {
        faulty.on(Operation.PUT).crashAfter();
        assertThatThrownBy(() -> faulty.put("k", CONTENT)).isInstanceOf(CrashException.class);
        assertThat(faulty.crashed()).isTrue();
        assertThatThrownBy(() -> faulty.get("k", 3)).isInstanceOf(CrashException.class);
        faulty.restart();
        assertThat(faulty.get("k", 3)).hasSize(3);
        faulty.on(Operation.PUT).crashBefore();
        assertThatThrownBy(() -> faulty.put("l", CONTENT)).isInstanceOf(CrashException.class);
        faulty.restart();
        assertThatThrownBy(() -> faulty.get("l", 3)).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    void aGateHoldsCallsUntilItOpens() throws Exception {
        FaultGate gate = faulty.on(Operation.PUT_IF_ABSENT).hold();
        CompletableFuture<PutResult> done = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                done.complete(faulty.putIfAbsent("k", CONTENT));
            } catch (IOException e) {
                done.completeExceptionally(e);
            }
        });
        assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
        assertThat(memory.size()).isZero();
        gate.open();
        assertThat(done.get(10, TimeUnit.SECONDS)).isEqualTo(PutResult.CREATED);
        assertThat(gate.awaitArrivals(2, Duration.ZERO)).isFalse();
    }

    @Test
    void interruptionEndsADelay() {
        faulty.on().delay(Duration.ofDays(1));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> faulty.get("k", 3)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void listingsAreCutShortAndDeletesArePartial() throws IOException {
        List<String> keys = List.of("a", "b", "c", "d");
        for (String key : keys) {
            faulty.putIfAbsent(key, CONTENT);
        }
        faulty.on(Operation.LIST).inject(new Fault.ShortList(3));
        ObjectStore.Listing listing = faulty.list("", "", 100);
        assertThat(listing.objects()).hasSize(3);
        assertThat(listing.truncated()).isTrue();
        faulty.heal();
        FaultRule partial = faulty.on(Operation.DELETE).inject(new Fault.PartialDelete(2));
        assertThatThrownBy(() -> faulty.delete(keys)).isInstanceOf(ObjectStoreException.class);
        assertThat(faulty.list("", "", 100).objects()).extracting(ObjectStore.ObjectInfo::key).containsExactly("c", "d");
        partial.remove();
        faulty.delete(keys);
        assertThat(memory.size()).isZero();
    }

    @Test
    void aSeedDecidesRandomFaults() throws IOException {
        List<Integer> first = failures(42, 0.3);
        assertThat(failures(42, 0.3)).isEqualTo(first);
        assertThat(failures(43, 0.3)).isNotEqualTo(first);
        assertThat(first).hasSizeBetween(200, 400);
        assertThat(failures(1, 0)).isEmpty();
        assertThat(failures(1, 1)).hasSize(1000);
    }

    private static List<Integer> failures(long seed, double chance) throws IOException {
        FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore());
        store.on().randomly(seed, chance).refuse();
        List<Integer> failed = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            try {
                store.list("", "", 1);
            } catch (ObjectStoreException e) {
                assertThat(e.retryable()).isFalse();
                failed.add(i);
            }
        }
        return failed;
    }
}
