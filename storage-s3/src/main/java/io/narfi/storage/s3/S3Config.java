package io.narfi.storage.s3;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.object.ObjectKeys;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the bucket is and how to talk to it. Names follow Loki's {@code common.storage.s3}.
 *
 * @param endpoint {@code host:port} or a URL; empty for AWS itself
 * @param region the region that requests are signed for; Ceph takes any
 * @param bucket {@code bucketnames}; it must exist
 * @param accessKeyId empty: the SDK's default chain (environment, files, instance roles) gives the credentials
 * @param secretAccessKey belongs to {@code accessKeyId}
 * @param sessionToken of temporary credentials, or empty
 * @param insecure plain HTTP if the endpoint has no scheme
 * @param forcePathStyle the bucket in the path instead of the host name
 * @param prefix put before every key, with a slash between; or empty
 * @param caFile {@code http_config.ca_file}: PEM certificates to trust instead of the JVM's; or null
 * @param insecureSkipVerify {@code http_config.insecure_skip_verify}: accept any certificate
 * @param connectTimeout for a TCP and TLS connection
 * @param responseTimeout {@code http_config.response_header_timeout}: silence on a connection
 * @param tryTimeout for one try, the wait for a free connection included, without the time that its bytes take at {@code minBytesPerSecond}
 * @param callTimeout for all tries of a call, without the time that its bytes take at {@code minBytesPerSecond}
 * @param minBytesPerSecond the slowest transfer that time-outs allow for
 * @param maxAttempts tries of a call, the first one included
 * @param maxConnections open connections, so calls in flight; the next ones wait
 */
public record S3Config(
        String endpoint,
        String region,
        String bucket,
        String accessKeyId,
        String secretAccessKey,
        String sessionToken,
        boolean insecure,
        boolean forcePathStyle,
        String prefix,
        @Nullable Path caFile,
        boolean insecureSkipVerify,
        Duration connectTimeout,
        Duration responseTimeout,
        Duration tryTimeout,
        Duration callTimeout,
        long minBytesPerSecond,
        int maxAttempts,
        int maxConnections) {

    /** What S3 takes in one PUT: 5 GiB. */
    private static final long MAX_OBJECT_BYTES = 5L << 30;

    /** S3 has 1024 bytes for a key. */
    private static final int MAX_PREFIX_LENGTH = 1024 - 1 - ObjectKeys.MAX_KEY_LENGTH;

    public S3Config {
        requireNonNull(endpoint, "endpoint is null");
        requireNonNull(region, "region is null");
        requireNonNull(bucket, "bucket is null");
        requireNonNull(accessKeyId, "accessKeyId is null");
        requireNonNull(secretAccessKey, "secretAccessKey is null");
        requireNonNull(sessionToken, "sessionToken is null");
        requireNonNull(prefix, "prefix is null");
        if (bucket.isEmpty() || bucket.contains(",") || bucket.contains("/")) {
            throw new IllegalArgumentException("one bucket is needed: " + bucket);
        }
        if (accessKeyId.isEmpty() != secretAccessKey.isEmpty()) {
            throw new IllegalArgumentException("access key and secret key go together");
        }
        if (!prefix.isEmpty()) {
            ObjectKeys.check(prefix);
            if (prefix.length() > MAX_PREFIX_LENGTH) {
                throw new IllegalArgumentException("prefix of " + prefix.length() + " characters, at most " + MAX_PREFIX_LENGTH);
            }
        }
        for (Duration timeout : new Duration[] {connectTimeout, responseTimeout, tryTimeout, callTimeout}) {
            if (!timeout.isPositive()) {
                throw new IllegalArgumentException("not a positive time-out: " + timeout);
            }
        }
        if (minBytesPerSecond < 1 || maxAttempts < 1 || maxConnections < 1) {
            throw new IllegalArgumentException(
                    "minBytesPerSecond " + minBytesPerSecond + ", maxAttempts " + maxAttempts + " and maxConnections " + maxConnections + " must be at least 1");
        }
    }

    /** The endpoint as a URL, null for AWS itself. */
    @Nullable
    URI endpointUri() {
        if (endpoint.isEmpty()) {
            return null;
        }
        return URI.create(endpoint.contains("://") ? endpoint : (insecure ? "http://" : "https://") + endpoint);
    }

    /** A time-out stretched by the time that so many bytes may take; no object has more than one PUT takes. */
    Duration stretch(Duration timeout, long bytes) {
        return timeout.plusSeconds(Math.min(bytes, MAX_OBJECT_BYTES) / minBytesPerSecond);
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "S3Config[endpoint=" + endpoint + ", region=" + region + ", bucket=" + bucket + ", prefix=" + prefix + "]";
    }

    public static Builder builder(String bucket) {
        return new Builder(bucket);
    }

    /** Collects settings; what is not set has the default named at its method. */
    public static final class Builder {
        private final String bucket;
        private String endpoint = "";
        private String region = "us-east-1";
        private String accessKeyId = "";
        private String secretAccessKey = "";
        private String sessionToken = "";
        private boolean insecure;
        private boolean forcePathStyle = true;
        private String prefix = "";
        private @Nullable Path caFile;
        private boolean insecureSkipVerify;
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration responseTimeout = Duration.ofSeconds(10);
        private Duration tryTimeout = Duration.ofSeconds(20);
        private Duration callTimeout = Duration.ofSeconds(60);
        private long minBytesPerSecond = 1 << 20;
        private int maxAttempts = 5;
        private int maxConnections = 64;

        private Builder(String bucket) {
            this.bucket = bucket;
        }

        /** Default: AWS. */
        public Builder endpoint(String value) {
            endpoint = value;
            return this;
        }

        /** Default, also for an empty value: {@code us-east-1}, which stands for "any" outside of AWS. */
        public Builder region(String value) {
            region = value.isEmpty() ? "us-east-1" : value;
            return this;
        }

        /** Default: the SDK's chain of providers. */
        public Builder credentials(String accessKey, String secretKey) {
            accessKeyId = accessKey;
            secretAccessKey = secretKey;
            return this;
        }

        /** Default: none. */
        public Builder sessionToken(String value) {
            sessionToken = value;
            return this;
        }

        /** Default: false. */
        public Builder insecure(boolean value) {
            insecure = value;
            return this;
        }

        /** Default: true, for most Ceph installations have no DNS names for buckets. */
        public Builder forcePathStyle(boolean value) {
            forcePathStyle = value;
            return this;
        }

        /** Default: none. */
        public Builder prefix(String value) {
            prefix = value;
            return this;
        }

        /** Default, also for an empty value: the JVM's certificates. */
        public Builder caFile(String value) {
            caFile = value.isEmpty() ? null : Path.of(value);
            return this;
        }

        /** Default: false. */
        public Builder insecureSkipVerify(boolean value) {
            insecureSkipVerify = value;
            return this;
        }

        /** Default: 5 s. */
        public Builder connectTimeout(Duration value) {
            connectTimeout = value;
            return this;
        }

        /** Default: 10 s. */
        public Builder responseTimeout(Duration value) {
            responseTimeout = value;
            return this;
        }

        /** Default: 20 s. */
        public Builder tryTimeout(Duration value) {
            tryTimeout = value;
            return this;
        }

        /** Default: 60 s. */
        public Builder callTimeout(Duration value) {
            callTimeout = value;
            return this;
        }

        /** Default: 1 MiB/s. */
        public Builder minBytesPerSecond(long value) {
            minBytesPerSecond = value;
            return this;
        }

        /** Default: 5. */
        public Builder maxAttempts(int value) {
            maxAttempts = value;
            return this;
        }

        /** Default: 64. */
        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        public S3Config build() {
            return new S3Config(
                    endpoint,
                    region,
                    bucket,
                    accessKeyId,
                    secretAccessKey,
                    sessionToken,
                    insecure,
                    forcePathStyle,
                    prefix,
                    caFile,
                    insecureSkipVerify,
                    connectTimeout,
                    responseTimeout,
                    tryTimeout,
                    callTimeout,
                    minBytesPerSecond,
                    maxAttempts,
                    maxConnections);
        }
    }
}
