package io.narfi.querier.peer;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;

/** Where a read process listens: a numeric address and a port. */
public record PeerAddress(InetAddress address, int port) {
    public PeerAddress {
        requireNonNull(address, "address is null");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("not a port: " + port);
        }
    }

    public static PeerAddress of(InetSocketAddress address) {
        return new PeerAddress(address.getAddress(), address.getPort());
    }

    /** {@code http://10.0.0.7:3100}. */
    public URI origin() {
        String host = address.getHostAddress();
        int zone = host.indexOf('%');
        if (zone >= 0) {
            host = host.substring(0, zone);
        }
        return URI.create("http://" + (address instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port);
    }

    @Override
    public String toString() {
        return origin().getAuthority();
    }
}
