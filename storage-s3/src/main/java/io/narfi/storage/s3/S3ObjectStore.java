package io.narfi.storage.s3;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectKeys;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStoreException;
import io.narfi.storage.object.ObjectStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket behind S3's API.
 *
 * <p>Create-if-absent is a PUT with {@code If-None-Match: *}; 412 means {@code EXISTS}. A try whose outcome is unknown (a time-out, a lost
 * connection) is made again on the same key, so {@code EXISTS} may also mean that an earlier try of the same call has created the object:
 * callers whose keys are unique to them take both for success, the others compare the content.
 *
 * <p>Metrics: {@code loki_s3_request_duration} per try by operation and status, {@code narfi_s3_retries}, {@code narfi_s3_gave_up} and
 * {@code narfi_s3_retry_budget}.
 */
public final class S3ObjectStore implements ObjectStore {
    /** Keys of a DeleteObjects, at most. */
    private static final int DELETE_BATCH = 1000;

    private static final Duration[] LATENCY_BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private final S3Config config;
    private final String prefix;
    private final S3Client client;
    private final MeterRegistry metrics;
    private final Retries retries;

    /** @throws IOException if the certificates cannot be read; the bucket itself is first asked by the first call */
    public S3ObjectStore(S3Config config, MeterRegistry metrics) throws IOException {
        this.config = requireNonNull(config, "config is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.prefix = config.prefix().isEmpty() ? "" : config.prefix() + "/";
        this.retries = new Retries(config.maxAttempts(), metrics);
        this.client = S3Clients.create(config);
    }

    @Override
    public PutResult putIfAbsent(String key, ObjectContent content) throws IOException {
        return put(key, content, true);
    }

    @Override
    public void put(String key, ObjectContent content) throws IOException {
        put(key, content, false);
    }

    private PutResult put(String key, ObjectContent content, boolean ifAbsent) throws IOException {
        ObjectKeys.check(key);
        ObjectStores.checkInterrupted(key);
        ObjectStores.checkContent(key, content);
        long length = content.length();
        RequestBody body = RequestBody.fromContentProvider(
                () -> {
                    try {
                        return content.newStream();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                length,
                "application/octet-stream");
        return call("S3.PutObject", key, length, left -> {
            PutObjectRequest.Builder request = PutObjectRequest.builder().bucket(config.bucket()).key(prefix + key).contentLength(length);
            if (ifAbsent) {
                request.ifNoneMatch("*");
            }
            client.putObject(request.overrideConfiguration(o -> o.apiCallAttemptTimeout(left)).build(), body);
            return PutResult.CREATED;
        }, e -> ifAbsent && e.statusCode() == 412 ? PutResult.EXISTS : null);
    }

    @Override
    public byte[] get(String key, long maxBytes) throws IOException {
        ObjectKeys.check(key);
        ObjectStores.checkInterrupted(key);
        Fetched fetched = call("S3.GetObject", key, maxBytes, left -> fetch(key, null, maxBytes, left), e -> null);
        if (fetched.bytes == null) {
            throw ObjectStores.tooLarge(key, fetched.length, maxBytes);
        }
        return fetched.bytes;
    }

    @Override
    public byte[] getRange(String key, long offset, int length) throws IOException {
        ObjectStores.checkRange(key, offset, length);
        ObjectStores.checkInterrupted(key);
        if (length == 0) {
            return new byte[0];
        }
        String range = "bytes=" + offset + "-" + (offset + length - 1);
        Fetched fetched =
                call("S3.GetObject", key, length, left -> fetch(key, range, length, left), e -> e.statusCode() == 416 ? Fetched.BEYOND : null);
        if (fetched == Fetched.BEYOND || fetched.length < length) {
            throw new ObjectStoreException("range " + offset + "+" + length + " is past the end of " + key, null, false);
        }
        if (fetched.bytes == null) {
            throw new ObjectStoreException("the store answered " + fetched.length + " bytes to " + range + " of " + key, null, false);
        }
        return fetched.bytes;
    }

    /** The body of an answer, or only its length if that is more than was asked for. */
    private static final class Fetched {
        static final Fetched BEYOND = new Fetched(null, 0);

        final byte @Nullable [] bytes;
        final long length;

        Fetched(byte @Nullable [] bytes, long length) {
            this.bytes = bytes;
            this.length = length;
        }
    }

    private Fetched fetch(String key, @Nullable String range, long maxBytes, Duration left) {
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(config.bucket())
                .key(prefix + key)
                .range(range)
                .overrideConfiguration(o -> o.apiCallAttemptTimeout(left))
                .build();
        ResponseTransformer<GetObjectResponse, Fetched> read = (response, in) -> {
            long length = response.contentLength();
            if (length > maxBytes) {
                // The connection is not worth reading the rest for.
                in.abort();
                return new Fetched(null, length);
            }
            byte[] bytes = new byte[Math.toIntExact(length)];
            int n = in.readNBytes(bytes, 0, bytes.length);
            if (n < length) {
                throw new IOException("the answer ended after " + n + " of " + length + " bytes");
            }
            return new Fetched(bytes, length);
        };
        return client.getObject(request, read);
    }

    @Override
    public Listing list(String keyPrefix, String after, int limit) throws IOException {
        ObjectStores.checkList(keyPrefix, after, limit);
        ObjectStores.checkInterrupted(keyPrefix);
        ListObjectsV2Response response = call("S3.List", keyPrefix, 0, left -> client.listObjectsV2(r -> r.bucket(config.bucket())
                .prefix(prefix + keyPrefix)
                .startAfter(after.isEmpty() ? null : prefix + after)
                .maxKeys(limit)
                .overrideConfiguration(o -> o.apiCallAttemptTimeout(left))), e -> null);
        List<ObjectInfo> rows = new ArrayList<>(response.contents().size());
        for (S3Object object : response.contents()) {
            rows.add(new ObjectInfo(object.key().substring(prefix.length()), object.size(), object.lastModified().toEpochMilli()));
        }
        return new Listing(rows, response.isTruncated());
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        keys.forEach(ObjectKeys::check);
        ObjectStores.checkInterrupted("delete");
        List<String> batch = new ArrayList<>();
        for (String key : keys) {
            batch.add(key);
            if (batch.size() == DELETE_BATCH) {
                deleteBatch(batch);
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            deleteBatch(batch);
        }
    }

    private void deleteBatch(List<String> keys) throws IOException {
        List<ObjectIdentifier> left = new ArrayList<>();
        for (String key : keys) {
            left.add(ObjectIdentifier.builder().key(prefix + key).build());
        }
        call("S3.DeleteObjects", keys.getFirst(), 0, time -> {
            DeleteObjectsResponse response = client.deleteObjects(r -> r.bucket(config.bucket())
                    .delete(d -> d.objects(left).quiet(true))
                    .overrideConfiguration(o -> o.apiCallAttemptTimeout(time)));
            List<S3Error> errors = response.errors().stream().filter(e -> !"NoSuchKey".equals(e.code())).toList();
            if (!errors.isEmpty()) {
                left.removeIf(object -> errors.stream().noneMatch(e -> object.key().equals(e.key())));
                S3Error first = errors.getFirst();
                throw new ObjectStoreException(
                        "delete of " + errors.size() + " keys, the first " + first.key() + ": " + first.code(),
                        null,
                        errors.stream().allMatch(e -> S3Errors.isRetryableCode(e.code())));
            }
            return true;
        }, e -> null);
    }

    @Override
    public void close() {
        client.close();
    }

    /** One try of an operation; what the SDK throws, the caller translates. */
    private interface Request<T> {
        T run(Duration timeout) throws IOException;
    }

    /**
     * Runs a request with retries.
     *
     * @param bytes to move at most, for the time-outs
     * @param expected the result that an error answer stands for, or null if it is an error
     */
    private <T> T call(String operation, String key, long bytes, Request<T> request, Function<AwsServiceException, @Nullable T> expected)
            throws IOException {
        Duration perTry = config.stretch(config.tryTimeout(), bytes);
        return retries.call(operation, config.stretch(config.callTimeout(), bytes), left -> {
            Timer.Sample sample = Timer.start(metrics);
            String status = "error";
            try {
                T result = request.run(left.compareTo(perTry) < 0 ? left : perTry);
                status = "200";
                return result;
            } catch (AwsServiceException e) {
                status = Integer.toString(e.statusCode());
                T result = expected.apply(e);
                if (result != null) {
                    return result;
                }
                if (e.statusCode() == 404 && S3Errors.isCode(e, "NoSuchKey")) {
                    throw new ObjectNotFoundException(key);
                }
                throw S3Errors.translate(operation + " " + key, e);
            } catch (SdkException e) {
                status = e instanceof ApiCallAttemptTimeoutException ? "timeout" : "error";
                throw S3Errors.translate(operation + " " + key, e);
            } finally {
                sample.stop(timer(operation, status));
            }
        });
    }

    private Timer timer(String operation, String status) {
        return Timer.builder("loki_s3_request_duration")
                .description("Time of one try of a request to S3.")
                .tags("operation", operation, "status_code", status)
                .serviceLevelObjectives(LATENCY_BUCKETS)
                .register(metrics);
    }
}
