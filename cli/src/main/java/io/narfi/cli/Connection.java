package io.narfi.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the server.
 *
 * @param address scheme, host, port and perhaps a path in front of all paths; no slash at the end
 * @param headers sent with every request, the ones for authentication, tenant and query tags among them
 * @param caCertificates PEM file with the certificates to trust instead of the JDK's
 * @param skipVerify whether any certificate of the server is good enough
 * @param certificate PEM file with the client's certificate chain
 * @param key PEM file with its key
 * @param proxy an HTTP proxy, or null for none
 * @param compress whether to ask for compressed answers
 * @param retries how often a request that failed is sent again
 * @param minBackoff the pause before the first repetition; it doubles each time
 * @param maxBackoff the longest pause
 */
record Connection(
        URI address,
        List<Map.Entry<String, String>> headers,
        @Nullable Path caCertificates,
        boolean skipVerify,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable URI proxy,
        boolean compress,
        int retries,
        Duration minBackoff,
        Duration maxBackoff) {
    Connection {
        headers = List.copyOf(headers);
    }

    /** The pause before repetition number {@code repetition}, counted from 0. */
    Duration backoff(int repetition) {
        Duration pause = minBackoff.multipliedBy(1L << Math.min(repetition, 20));
        return pause.compareTo(maxBackoff) > 0 ? maxBackoff : pause;
    }
}
