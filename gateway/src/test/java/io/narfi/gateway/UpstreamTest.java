package io.narfi.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UpstreamTest {
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(7).toNanos());

    private Upstream upstream(URI uri) {
        return new Upstream(uri, Duration.ofSeconds(5), Duration.ofSeconds(60), clock::get);
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    @Test
    void threeFailuresInARowEject() {
        Upstream replica = upstream(URI.create("http://a"));
        assertThat(replica.failed(false)).isFalse();
        assertThat(replica.failed(false)).isFalse();
        replica.succeeded();
        assertThat(replica.failed(false)).isFalse();
        assertThat(replica.failed(false)).isFalse();
        assertThat(replica.usable()).isTrue();
        assertThat(replica.failed(false)).isTrue();
        assertThat(replica.usable()).isFalse();
    }

    @Test
    void theEjectionDoublesWhileFailuresGoOn() {
        Upstream replica = upstream(URI.create("http://a"));
        for (long seconds : new long[] {5, 10, 20, 40, 60, 60}) {
            assertThat(replica.failed(true)).isTrue();
            assertThat(replica.failed(true)).as("ejected already").isFalse();
            pass(Duration.ofSeconds(seconds).minusNanos(1));
            assertThat(replica.usable()).as("just before %d s", seconds).isFalse();
            pass(Duration.ofNanos(1));
            assertThat(replica.usable()).as("after %d s", seconds).isTrue();
        }
        replica.succeeded();
        assertThat(replica.failed(true)).isTrue();
        pass(Duration.ofSeconds(5));
        assertThat(replica.usable()).isTrue();
    }

    @Test
    void beingReadyAgainEndsTheEjection() {
        Upstream replica = upstream(URI.create("http://a"));
        replica.failed(true);
        replica.checked(true);
        assertThat(replica.usable()).isTrue();
        replica.checked(false);
        assertThat(replica.usable()).isFalse();
    }

    private UpstreamGroup group(int replicas) {
        List<URI> uris = IntStream.range(0, replicas).mapToObj(i -> URI.create("http://127.0.0.1:" + (1000 + i))).toList();
        UpstreamGroup group = new UpstreamGroup(UpstreamKind.READ, uris, InetAddress::getAllByName, this::upstream);
        group.resolve();
        return group;
    }

    @Test
    void theLessBusyOfTwoIsTaken() {
        UpstreamGroup group = group(3);
        Map<Upstream, Integer> taken = new HashMap<>();
        Upstream busy = group.replicas().iterator().next();
        for (int i = 0; i < 100; i++) {
            busy.began();
        }
        for (int i = 0; i < 300; i++) {
            Upstream picked = group.pick(Set.of());
            assertThat(picked).isNotNull();
            taken.merge(picked, 1, Integer::sum);
        }
        assertThat(taken).doesNotContainKey(busy).hasSize(2);
    }

    @Test
    void equallyBusyReplicasShare() {
        UpstreamGroup group = group(4);
        for (int i = 0; i < 400; i++) {
            Upstream picked = group.pick(Set.of());
            assertThat(picked).isNotNull();
            picked.began();
        }
        for (Upstream each : group.replicas()) {
            assertThat(each.inflight()).isBetween(90, 110);
        }
    }

    @Test
    void triedReplicasAreNotTakenAndUnwellOnesLast() {
        UpstreamGroup group = group(3);
        List<Upstream> all = List.copyOf(group.replicas());
        all.get(0).failed(true);
        for (int i = 0; i < 50; i++) {
            assertThat(group.pick(Set.of())).isNotSameAs(all.get(0));
        }
        assertThat(group.pick(Set.of(all.get(1), all.get(2)))).isSameAs(all.get(0));
        assertThat(group.pick(Set.copyOf(all))).isNull();
    }

    @Test
    void moreReplicasThanTheBoundAreNotUsed() {
        assertThat(group(300).replicas()).hasSize(UpstreamGroup.MAX_REPLICAS);
    }
}
