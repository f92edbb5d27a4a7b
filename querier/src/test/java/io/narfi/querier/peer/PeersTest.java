package io.narfi.querier.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.querier.peer.Peers.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PeersTest {
    private static final long SECOND = 1_000_000_000L;
    private final AtomicLong clock = new AtomicLong();

    @Test
    void agreeOnThePlaceOfATask() {
        List<PeerAddress> all = List.of(peer(1), peer(2), peer(3));
        int[] firsts = new int[4];
        for (int task = 0; task < 300; task++) {
            HashSet<Integer> chosen = new HashSet<>();
            for (PeerAddress self : all) {
                Peers peers = new Peers(() -> all, self::equals, 10 * SECOND, clock::get);
                peers.others();
                chosen.add(
                        switch (peers.rank("a/2026-11-01/" + task).getFirst()) {
                            case Place.Here here -> self.port();
                            case Place.There there -> there.address().port();
                        });
            }
            assertThat(chosen).hasSize(1);
            firsts[chosen.iterator().next()]++;
        }
        assertThat(firsts[1]).isBetween(60, 140);
        assertThat(firsts[2]).isBetween(60, 140);
        assertThat(firsts[3]).isBetween(60, 140);
    }

    @Test
    void asksAFailedPeerLastForAWhile() {
        Peers peers = new Peers(() -> List.of(peer(1), peer(2)), p -> p.equals(peer(1)), 1000 * SECOND, clock::get);
        peers.failed(peer(2));
        for (int task = 0; task < 50; task++) {
            assertThat(peers.rank("t" + task)).hasSize(2).first().isInstanceOf(Place.Here.class);
        }
        clock.addAndGet(SECOND);
        assertThat(firstThere(peers)).isPositive();
        peers.failed(peer(2));
        clock.addAndGet(SECOND);
        assertThat(firstThere(peers)).isZero();
        clock.addAndGet(SECOND);
        assertThat(firstThere(peers)).isPositive();
        peers.failed(peer(2));
        peers.worked(peer(2));
        assertThat(firstThere(peers)).isPositive();
    }

    @Test
    void looksUpAgainAndKeepsTheListWhenThatFails() {
        AtomicInteger calls = new AtomicInteger();
        List<PeerAddress> now = new ArrayList<>(List.of(peer(2)));
        Peers peers = new Peers(
                () -> {
                    if (calls.incrementAndGet() == 2) {
                        throw new IOException("no name server");
                    }
                    return List.copyOf(now);
                },
                p -> false,
                10 * SECOND,
                clock::get);
        assertThat(peers.others()).containsExactly(peer(2));
        now.add(peer(3));
        assertThat(peers.others()).containsExactly(peer(2));
        clock.addAndGet(10 * SECOND);
        assertThat(peers.others()).containsExactly(peer(2));
        clock.addAndGet(10 * SECOND);
        assertThat(peers.others()).containsExactly(peer(2), peer(3));
        assertThat(calls).hasValue(3);
    }

    @Test
    void readsNames() throws IOException {
        assertThat(PeerResolver.of(List.of("127.0.0.1:80", "[::1]:81")).resolve())
                .extracting(PeerAddress::toString)
                .containsExactly("127.0.0.1:80", "[0:0:0:0:0:0:0:1]:81");
        assertThatThrownBy(() -> PeerResolver.of(List.of("nowhere"))).hasMessage("not host:port: nowhere");
        assertThatThrownBy(() -> PeerResolver.of(List.of("nowhere:x"))).hasMessage("not host:port: nowhere:x");
    }

    private static int firstThere(Peers peers) {
        int there = 0;
        for (int task = 0; task < 50; task++) {
            there += peers.rank("t" + task).getFirst() instanceof Place.There ? 1 : 0;
        }
        return there;
    }

    private static PeerAddress peer(int port) {
        try {
            return new PeerAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, 7}), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
