package io.narfi.querier.peer;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Highest random weight hashing (Thaler and Ravishankar, 1998): every key has an order of preference among the nodes, and when a node
 * comes or goes only the keys that it has or had move.
 */
final class Rendezvous {
    private static final HashFunction HASH = Hashing.farmHashFingerprint64();

    private Rendezvous() {}

    /** The nodes in the key's order of preference. */
    static <N> List<N> rank(String key, List<N> nodes, Function<N, String> name) {
        record Weighed<N>(N node, long weight) {}
        List<Weighed<N>> weighed = new ArrayList<>(nodes.size());
        for (N node : nodes) {
            weighed.add(new Weighed<>(node, HASH.hashString(name.apply(node) + '\0' + key, StandardCharsets.UTF_8).asLong()));
        }
        weighed.sort(Comparator.comparingLong((Weighed<N> w) -> w.weight()).reversed());
        return weighed.stream().map(Weighed::node).toList();
    }
}
