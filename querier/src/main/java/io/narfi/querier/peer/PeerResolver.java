package io.narfi.querier.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the addresses of the read processes. */
@FunctionalInterface
public interface PeerResolver {
    /** Every read process that is there now; may or may not contain this one. */
    List<PeerAddress> resolve() throws IOException;

    /** No others: this process does all work itself. */
    static PeerResolver none() {
        return List::of;
    }

    /**
     * Names or addresses with ports, {@code read.loki.svc:3100}; each is looked up anew every time, so that a headless service's name
     * stands for all its pods.
     *
     * @throws IllegalArgumentException if one is not {@code host:port}
     */
    static PeerResolver of(List<String> hostsAndPorts) {
        record Name(String host, int port) {}
        List<Name> names = new ArrayList<>();
        for (String text : hostsAndPorts) {
            int colon = text.lastIndexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("not host:port: " + text);
            }
            String host = text.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            try {
                names.add(new Name(host, Integer.parseInt(text.substring(colon + 1))));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("not host:port: " + text, e);
            }
        }
        return () -> {
            Set<PeerAddress> found = new LinkedHashSet<>();
            for (Name name : names) {
                for (InetAddress address : InetAddress.getAllByName(name.host())) {
                    found.add(new PeerAddress(address, name.port()));
                }
            }
            return List.copyOf(found);
        };
    }
}
