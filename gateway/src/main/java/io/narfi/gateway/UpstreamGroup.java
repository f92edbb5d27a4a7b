package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicas of one service. The list changes when names resolve to other addresses; a replica that stays keeps its state. */
final class UpstreamGroup {
    private static final Logger logger = LoggerFactory.getLogger(UpstreamGroup.class);
    /** More addresses than this of a group are not used. */
    static final int MAX_REPLICAS = 256;

    /** Finds the addresses of a name. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private final UpstreamKind kind;
    private final List<URI> configured;
    private final Resolver resolver;
    private final Function<URI, Upstream> maker;
    private volatile Map<URI, Upstream> replicas = Map.of();

    UpstreamGroup(UpstreamKind kind, List<URI> configured, Resolver resolver, Function<URI, Upstream> maker) {
        this.kind = requireNonNull(kind, "kind is null");
        this.configured = List.copyOf(configured);
        this.resolver = requireNonNull(resolver, "resolver is null");
        this.maker = requireNonNull(maker, "maker is null");
    }

    UpstreamKind kind() {
        return kind;
    }

    Collection<Upstream> replicas() {
        return replicas.values();
    }

    int usable() {
        return (int) replicas.values().stream().filter(Upstream::usable).count();
    }

    /** Resolves the names. What cannot be resolved keeps the addresses it had. */
    void resolve() {
        Map<URI, Upstream> old = replicas;
        Map<URI, Upstream> fresh = new LinkedHashMap<>();
        for (URI uri : configured) {
            for (URI address : addresses(uri, old.keySet())) {
                if (fresh.size() < MAX_REPLICAS) {
                    Upstream known = old.get(address);
                    fresh.putIfAbsent(address, known == null ? maker.apply(address) : known);
                }
            }
        }
        if (!fresh.keySet().equals(old.keySet())) {
            logger.info("replicas group={} addresses={}", kind.label(), fresh.keySet());
        }
        replicas = fresh;
    }

    private List<URI> addresses(URI uri, Collection<URI> known) {
        String host = uri.getHost();
        boolean literal = host.startsWith("[") || host.matches("[0-9.]+");
        if (literal || uri.getScheme().equals("https")) {
            return List.of(uri);
        }
        List<URI> out = new ArrayList<>();
        try {
            for (InetAddress address : resolver.resolve(host)) {
                String text = address.getHostAddress();
                out.add(at(uri, text.contains(":") ? "[" + text + "]" : text));
            }
        } catch (UnknownHostException e) {
            logger.warn("cannot resolve group={} host={}", kind.label(), host);
            for (URI address : known) {
                if (host.equals(address.getFragment())) {
                    out.add(address);
                }
            }
        }
        return out;
    }

    /** An address of a name; the fragment remembers the name. */
    private static URI at(URI uri, String address) {
        try {
            return new URI(uri.getScheme(), null, address, uri.getPort(), uri.getPath(), null, uri.getHost());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("cannot make an address of " + uri + " and " + address, e);
        }
    }

    /**
     * The replica for the next try: of two taken by chance, the one with less to do. One that is unwell is taken only if there is no other,
     * because a wrong opinion of all must not stop everything.
     *
     * @param tried not these
     * @return null if all were tried
     */
    @Nullable Upstream pick(Collection<Upstream> tried) {
        List<Upstream> good = new ArrayList<>();
        List<Upstream> rest = new ArrayList<>();
        for (Upstream replica : replicas.values()) {
            if (!tried.contains(replica)) {
                (replica.usable() ? good : rest).add(replica);
            }
        }
        List<Upstream> from = good.isEmpty() ? rest : good;
        if (from.isEmpty()) {
            return null;
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int first = random.nextInt(from.size());
        if (from.size() == 1) {
            return from.getFirst();
        }
        int second = (first + 1 + random.nextInt(from.size() - 1)) % from.size();
        Upstream a = from.get(first);
        Upstream b = from.get(second);
        return a.inflight() <= b.inflight() ? a : b;
    }
}
