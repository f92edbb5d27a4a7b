package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.Locale;

/**
 * Where connections go.
 *
 * @param tls whether they are encrypted
 * @param host a name or an address, IPv6 without brackets
 * @param port 1 to 65535
 */
record Origin(boolean tls, String host, int port) {
    Origin {
        requireNonNull(host, "host is null");
    }

    /**
     * Takes scheme, host and port of a URI.
     *
     * @throws IllegalArgumentException if it is not http or https with a host
     */
    static Origin of(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("not an http address: " + uri);
        }
        String host = uri.getHost();
        if (host == null) {
            throw new IllegalArgumentException("an address without a host: " + uri);
        }
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        boolean tls = scheme.equals("https");
        int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
        return new Origin(tls, host, port);
    }

    /** The value of the Host field. */
    String hostHeader() {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return port == (tls ? 443 : 80) ? name : name + ":" + port;
    }
}
