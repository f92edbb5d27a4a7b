package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a gateway sends requests and what it allows.
 *
 * @param write replicas that take pushes: {@code http://host:port}, perhaps with a path to stand before the request's. A host that is a name
 *         stands for all its addresses (with https: for itself, since the certificate bears the name) and is resolved again
 * @param read replicas that answer queries
 * @param backend replicas that take deletes and rules
 * @param usersFile who may ask, see {@link UsersFile}; null to let everybody in with the tenant that {@code X-Scope-OrgID} names
 * @param usersInterval how often the file is looked at for changes
 * @param maxBodyBytes of a request; beyond: 413
 * @param keepBytes a body of at most so many bytes is kept so that it can be sent again
 * @param keepAllBytes kept of all requests together; with more, requests are sent once
 * @param attempts to send one request, at least 1
 * @param pushTimeout from the end of a push to the head of its answer; beyond: 504
 * @param requestTimeout the same of all other requests
 * @param resolveInterval how often names are resolved
 * @param checkInterval how often {@code /ready} of each replica is asked
 * @param checkTimeout for the answer
 * @param ejection how long a replica that failed gets nothing; doubles up to {@code maxEjection} while it goes on failing
 * @param maxEjection the longest ejection
 * @param connections open at once to all replicas
 */
public record GatewayConfig(
        List<URI> write,
        List<URI> read,
        List<URI> backend,
        @Nullable Path usersFile,
        Duration usersInterval,
        long maxBodyBytes,
        int keepBytes,
        long keepAllBytes,
        int attempts,
        Duration pushTimeout,
        Duration requestTimeout,
        Duration resolveInterval,
        Duration checkInterval,
        Duration checkTimeout,
        Duration ejection,
        Duration maxEjection,
        int connections) {
    public GatewayConfig {
        write = List.copyOf(write);
        read = List.copyOf(read);
        backend = List.copyOf(backend);
        requireNonNull(pushTimeout, "pushTimeout is null");
        requireNonNull(requestTimeout, "requestTimeout is null");
        for (Duration d : List.of(usersInterval, pushTimeout, requestTimeout, resolveInterval, checkInterval, checkTimeout, ejection, maxEjection)) {
            if (!d.isPositive()) {
                throw new IllegalArgumentException("a duration is not above zero: " + d);
            }
        }
        if (maxBodyBytes < 1 || keepBytes < 0 || keepAllBytes < keepBytes || attempts < 1 || connections < 1) {
            throw new IllegalArgumentException("maxBodyBytes " + maxBodyBytes + ", keepBytes " + keepBytes + ", keepAllBytes " + keepAllBytes
                    + ", attempts " + attempts + ", connections " + connections);
        }
        for (List<URI> group : List.of(write, read, backend)) {
            for (URI uri : group) {
                if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                    throw new IllegalArgumentException("not an http or https address: " + uri);
                }
            }
        }
    }

    /** Defaults for a pod of half a core and 512 MiB: bodies to 100 MiB, of which 4 MiB each and 64 MiB in all are kept; three attempts. */
    public static GatewayConfig of(List<URI> write, List<URI> read, List<URI> backend) {
        return new GatewayConfig(
                write,
                read,
                backend,
                null,
                Duration.ofSeconds(10),
                100L << 20,
                4 << 20,
                64L << 20,
                3,
                Duration.ofSeconds(60),
                Duration.ofMinutes(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                512);
    }

    public GatewayConfig usersFile(@Nullable Path file, Duration interval) {
        return new GatewayConfig(
                write, read, backend, file, interval, maxBodyBytes, keepBytes, keepAllBytes, attempts, pushTimeout, requestTimeout,
                resolveInterval, checkInterval, checkTimeout, ejection, maxEjection, connections);
    }

    /** The same with other bounds of bodies, in bytes. */
    public GatewayConfig bodies(long max, int keep, long keepAll) {
        return new GatewayConfig(
                write, read, backend, usersFile, usersInterval, max, keep, keepAll, attempts, pushTimeout, requestTimeout,
                resolveInterval, checkInterval, checkTimeout, ejection, maxEjection, connections);
    }

    /** The same with other time-outs of pushes and of other requests. */
    public GatewayConfig timeouts(Duration push, Duration request) {
        return new GatewayConfig(
                write, read, backend, usersFile, usersInterval, maxBodyBytes, keepBytes, keepAllBytes, attempts, push, request,
                resolveInterval, checkInterval, checkTimeout, ejection, maxEjection, connections);
    }

    /** The same with other intervals of resolving and checking, and another first ejection. */
    public GatewayConfig health(Duration resolve, Duration check, Duration timeout, Duration firstEjection) {
        return new GatewayConfig(
                write, read, backend, usersFile, usersInterval, maxBodyBytes, keepBytes, keepAllBytes, attempts, pushTimeout, requestTimeout,
                resolve, check, timeout, firstEjection, firstEjection.compareTo(maxEjection) > 0 ? firstEjection : maxEjection, connections);
    }
}
