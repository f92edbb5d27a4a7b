package io.narfi.storage.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeasesTest {
    private final FakeClock clock = new FakeClock();
    private final FaultyObjectStore store = new FaultyObjectStore(new InMemoryObjectStore(1 << 20, clock));
    private final Leases a = leases("a");
    private final Leases b = leases("b");

    private Leases leases(String owner) {
        return new Leases(store, owner, Duration.ofSeconds(60), Duration.ofSeconds(15), clock);
    }

    @Test
    void oneHoldsItUntilItRunsOut() throws IOException {
        Lease lease = a.acquire("merge").orElseThrow();
        assertThat(lease.epoch()).isEqualTo(1);
        assertThat(b.acquire("merge")).isEmpty();
        assertThat(b.acquire("other")).isPresent();
        clock.advance(Duration.ofSeconds(59));
        assertThat(a.isHeld(lease)).isTrue();
        clock.advance(Duration.ofSeconds(2));
        assertThat(a.isHeld(lease)).isFalse();
        assertThat(b.acquire("merge")).as("clocks may differ").isEmpty();
        clock.advance(Duration.ofSeconds(15));
        assertThat(b.acquire("merge").orElseThrow().epoch()).isEqualTo(2);
        assertThat(a.renew(lease)).isEmpty();
    }

    @Test
    void renewalKeepsItAndCleansUp() throws IOException {
        Lease lease = a.acquire("merge").orElseThrow();
        for (int i = 0; i < 50; i++) {
            clock.advance(Duration.ofSeconds(30));
            lease = a.renew(lease).orElseThrow();
            assertThat(b.acquire("merge")).isEmpty();
        }
        assertThat(lease.epoch()).isEqualTo(51);
        assertThat(store.list("leases/", "", 1000).objects()).hasSize(2);
        clock.advance(Duration.ofSeconds(61));
        assertThat(a.renew(lease)).isPresent();
        assertThat(store.list("leases/", "", 1000).objects().size()).isLessThanOrEqualTo(3);
    }

    @Test
    void whatIsGivenBackIsFreeAtOnce() throws IOException {
        Lease lease = a.acquire("merge").orElseThrow();
        a.release(lease);
        assertThat(b.acquire("merge").orElseThrow().epoch()).isEqualTo(3);
        assertThat(a.renew(lease)).isEmpty();
    }

    @Test
    void ofTwoThatTakeItTogetherOneGetsIt() throws Exception {
        var gate = store.on(Operation.PUT_IF_ABSENT).times(1).hold();
        var first = new CompletableFuture<Optional<Lease>>();
        Thread.ofVirtual().start(() -> {
            try {
                first.complete(a.acquire("merge"));
            } catch (Throwable e) {
                first.completeExceptionally(e);
            }
        });
        assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
        assertThat(b.acquire("merge")).isPresent();
        gate.open();
        assertThat(first.orTimeout(10, TimeUnit.SECONDS).join()).isEmpty();
    }

    @Test
    void anAmbiguousPutIsReadBack() throws IOException {
        Leases twice = new Leases(new EveryPutTwice(store), "c", Duration.ofSeconds(60), Duration.ofSeconds(15), clock);
        Lease lease = twice.acquire("merge").orElseThrow();
        assertThat(twice.renew(lease)).isPresent();
        assertThat(a.acquire("merge")).isEmpty();
    }

    @Test
    void aDamagedEpochBindsNobody() throws IOException {
        assertThat(a.acquire("merge")).isPresent();
        String key = store.list("leases/", "", 1).objects().getFirst().key();
        store.put(key, ObjectContent.of(new byte[] {1, 2, 3}));
        assertThat(b.acquire("merge").orElseThrow().epoch()).isEqualTo(2);
    }
}
