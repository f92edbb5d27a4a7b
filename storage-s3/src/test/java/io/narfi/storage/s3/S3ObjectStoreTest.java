package io.narfi.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.PutResult;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes wrong between a store and its server, which a real one does not do on demand. */
final class S3ObjectStoreTest {
    private static final ObjectContent CONTENT = ObjectContent.of("hello".getBytes(UTF_8));

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private StubS3 stub;

    @BeforeEach
    void start() throws IOException {
        stub = new StubS3();
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    private ObjectStore store() throws IOException {
        return new S3ObjectStore(stub.config().build(), metrics);
    }

    @Test
    void createIfAbsentIsAPlainConditionalPut() throws IOException {
        stub.then(200, "");
        try (ObjectStore store = new S3ObjectStore(stub.config().prefix("narfi/dev").build(), metrics)) {
            assertThat(store.putIfAbsent("segments/a/1", CONTENT)).isEqualTo(PutResult.CREATED);
            store.put("state", CONTENT);
        }
        StubS3.Asked create = stub.asked().getFirst();
        assertThat(create.method()).isEqualTo("PUT");
        assertThat(create.uri()).isEqualTo("/logs/narfi/dev/segments/a/1");
        assertThat(create.body()).isEqualTo("hello");
        assertThat(create.headers()).containsEntry("if-none-match", "*").containsEntry("content-length", "5");
        assertThat(create.headers().keySet()).noneMatch(h -> h.startsWith("x-amz-checksum") || h.startsWith("x-amz-trailer") || h.startsWith("x-amz-sdk-checksum"));
        assertThat(create.headers()).doesNotContainKey("content-encoding");
        assertThat(stub.asked().get(1).headers()).doesNotContainKey("if-none-match");
    }

    @Test
    void aKeyThatExistsIsNoError() throws IOException {
        stub.thenError(412, "PreconditionFailed");
        try (ObjectStore store = store()) {
            assertThat(store.putIfAbsent("k", CONTENT)).isEqualTo(PutResult.EXISTS);
            assertThatThrownBy(() -> store.put("k", CONTENT)).isInstanceOf(ObjectStoreException.class);
        }
        assertThat(metrics.get("loki_s3_request_duration").tags("operation", "S3.PutObject", "status_code", "412").timer().count()).isEqualTo(2);
    }

    @Test
    void anAmbiguousPutIsTriedAgainOnTheSameKey() throws IOException {
        // The first try landed, but its answer was lost: the second one finds the object.
        stub.thenHangUp().thenError(412, "PreconditionFailed");
        try (ObjectStore store = store()) {
            assertThat(store.putIfAbsent("k", CONTENT)).isEqualTo(PutResult.EXISTS);
        }
        assertThat(stub.asked()).extracting(StubS3.Asked::uri).containsExactly("/logs/k", "/logs/k");
        assertThat(stub.asked()).extracting(StubS3.Asked::body).containsExactly("hello", "hello");
        assertThat(retries()).isEqualTo(1);
    }

    @Test
    void aConflictOfConditionsIsTriedAgain() throws IOException {
        stub.thenError(409, "ConditionalRequestConflict").then(200, "");
        try (ObjectStore store = store()) {
            assertThat(store.putIfAbsent("k", CONTENT)).isEqualTo(PutResult.CREATED);
        }
    }

    @Test
    void whatMayPassIsTriedAgainAndWhatMayNotIsNot() throws IOException {
        stub.thenError(503, "SlowDown").thenError(500, "InternalError").thenHangUp().then(200, "hello");
        try (ObjectStore store = store()) {
            assertThat(store.get("k", 10)).isEqualTo("hello".getBytes(UTF_8));
            assertThat(retries()).isEqualTo(3);
        }
        for (String[] refused : new String[][] {{"403", "AccessDenied"}, {"403", "SignatureDoesNotMatch"}, {"404", "NoSuchBucket"}, {"400", "InvalidRequest"}, {"501", "NotImplemented"}}) {
            try (StubS3 other = new StubS3().thenError(Integer.parseInt(refused[0]), refused[1]);
                    ObjectStore store = new S3ObjectStore(other.config().build(), metrics)) {
                for (Callable<?> call : calls(store)) {
                    assertThatThrownBy(call::call)
                            .hasMessageContaining(refused[0])
                            .hasMessageContaining(refused[1])
                            .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
                }
                assertThat(other.asked()).hasSize(calls(store).size());
            }
        }
        assertThat(retries()).isEqualTo(3);
    }

    @Test
    void aMissingObjectIsNotFound() throws IOException {
        stub.thenError(404, "NoSuchKey");
        try (ObjectStore store = store()) {
            assertThatThrownBy(() -> store.get("k", 10)).isInstanceOf(ObjectNotFoundException.class);
            assertThatThrownBy(() -> store.getRange("k", 0, 10)).isInstanceOf(ObjectNotFoundException.class);
        }
        assertThat(stub.asked()).hasSize(2);
    }

    @Test
    void givesUpAfterItsAttempts() throws IOException {
        stub.thenError(503, "SlowDown");
        try (ObjectStore store = new S3ObjectStore(stub.config().maxAttempts(3).build(), metrics)) {
            assertThatThrownBy(() -> store.getRange("k", 0, 1))
                    .hasMessageContaining("tries: 3")
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
        }
        assertThat(stub.asked()).hasSize(3);
        assertThat(metrics.get("narfi_s3_gave_up").tags("reason", "attempts").counter().count()).isEqualTo(1);
    }

    @Test
    void aRefusedConnectionMayPass() throws IOException {
        S3Config config = stub.config().maxAttempts(2).build();
        stub.close();
        try (ObjectStore store = new S3ObjectStore(config, metrics)) {
            assertThatThrownBy(() -> store.getRange("k", 0, 1))
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
        }
    }

    @Test
    void aSilentServerIsTimedOut() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        stub.then(e -> never.await());
        S3Config config = stub.config().tryTimeout(Duration.ofMillis(100)).callTimeout(Duration.ofMillis(400)).maxAttempts(100).build();
        try (ObjectStore store = new S3ObjectStore(config, metrics)) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> store.putIfAbsent("k", CONTENT))
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            assertThat(Thread.interrupted()).isFalse();
        }
        assertThat(stub.asked().size()).isBetween(1, 5);
        assertThat(metrics.get("narfi_s3_gave_up").tags("reason", "time").counter().count()).isEqualTo(1);
        assertThat(metrics.get("loki_s3_request_duration").tags("status_code", "timeout").timer().count()).isPositive();
    }

    @Test
    void silenceOnTheConnectionIsTimedOutToo() throws IOException {
        CountDownLatch never = new CountDownLatch(1);
        stub.then(e -> never.await());
        S3Config config = stub.config().responseTimeout(Duration.ofMillis(100)).maxAttempts(1).build();
        try (ObjectStore store = new S3ObjectStore(config, metrics)) {
            assertThatThrownBy(() -> store.get("k", 10))
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
        }
    }

    @Test
    void anInterruptEndsAWaitingCallOnAVirtualThread() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        stub.then(e -> {
            arrived.countDown();
            never.await();
        });
        try (ObjectStore store = store()) {
            for (int i = 0; i < 3; i++) {
                CompletableFuture<Throwable> outcome = new CompletableFuture<>();
                CompletableFuture<Boolean> status = new CompletableFuture<>();
                int call = i;
                Thread thread = Thread.startVirtualThread(() -> {
                    try {
                        switch (call) {
                            case 0 -> store.putIfAbsent("k", CONTENT);
                            case 1 -> store.get("k", 10);
                            default -> store.list("", "", 1);
                        }
                    } catch (Throwable e) {
                        status.complete(Thread.currentThread().isInterrupted());
                        outcome.complete(e);
                    }
                });
                assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
                thread.interrupt();
                assertThat(outcome.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
                assertThat(status.get()).isTrue();
            }
        }
        assertThat(metrics.find("narfi_s3_retries").counters()).isEmpty();
    }

    @Test
    void aBodyThatEndsEarlyIsReadAgain() throws IOException {
        stub.then(e -> {
            e.sendResponseHeaders(200, 5);
            e.getResponseBody().write("he".getBytes(UTF_8));
            e.getResponseBody().flush();
            throw new IOException("the server dies");
        });
        stub.then(200, "hello");
        try (ObjectStore store = store()) {
            assertThat(store.get("k", 10)).isEqualTo("hello".getBytes(UTF_8));
        }
        assertThat(retries()).isEqualTo(1);
    }

    @Test
    void aServerThatIgnoresTheRangeIsAnError() throws IOException {
        stub.then(200, "hello, world");
        try (ObjectStore store = store()) {
            assertThatThrownBy(() -> store.getRange("k", 2, 3))
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
            assertThat(stub.asked().getFirst().headers()).containsEntry("range", "bytes=2-4");
        }
    }

    @Test
    void deleteAsksAgainOnlyForWhatFailed() throws IOException {
        stub.then(200, "<DeleteResult><Error><Key>b</Key><Code>InternalError</Code></Error><Error><Key>c</Key><Code>NoSuchKey</Code></Error></DeleteResult>");
        stub.then(200, "<DeleteResult></DeleteResult>");
        try (ObjectStore store = store()) {
            store.delete(List.of("a", "b", "c"));
        }
        assertThat(stub.asked()).hasSize(2);
        assertThat(stub.asked()).allMatch(a -> a.headers().containsKey("content-md5") && a.uri().equals("/logs?delete"));
        assertThat(stub.asked().getFirst().body()).contains("<Key>a</Key>", "<Key>b</Key>", "<Key>c</Key>", "<Quiet>true</Quiet>");
        assertThat(stub.asked().get(1).body()).contains("<Key>b</Key>").doesNotContain("<Key>a</Key>", "<Key>c</Key>");
    }

    @Test
    void deleteThatIsDeniedIsRefused() throws IOException {
        stub.then(200, "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>");
        try (ObjectStore store = store()) {
            assertThatThrownBy(() -> store.delete(List.of("a", "b")))
                    .hasMessageContaining("AccessDenied")
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
        }
        assertThat(stub.asked()).hasSize(1);
    }

    @Test
    void listsBelowThePrefix() throws IOException {
        stub.then(200, """
                <ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>p/a/1</Key><Size>7</Size>\
                <LastModified>2026-01-02T03:04:05.678Z</LastModified></Contents></ListBucketResult>""");
        try (ObjectStore store = new S3ObjectStore(stub.config().prefix("p").build(), metrics)) {
            ObjectStore.Listing listing = store.list("a/", "a/0", 1);
            assertThat(listing.truncated()).isTrue();
            assertThat(listing.objects()).containsExactly(new ObjectStore.ObjectInfo("a/1", 7, 1767323045678L));
        }
        assertThat(stub.asked().getFirst().uri()).contains("prefix=p%2Fa%2F", "start-after=p%2Fa%2F0", "max-keys=1");
    }

    @Test
    void connectionsAreBoundedAndTheNextCallsWait() throws Exception {
        stub.then(200, "hello");
        try (ObjectStore store = new S3ObjectStore(stub.config().maxConnections(3).build(), metrics);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> reads = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                reads.add(executor.submit(() -> store.get("k", 10)));
            }
            for (Future<byte[]> read : reads) {
                assertThat(read.get(30, TimeUnit.SECONDS)).hasSize(5);
            }
        }
        assertThat(stub.mostConcurrent()).isBetween(1, 3);
    }

    @Test
    void secretsAreNotPrinted() {
        assertThat(stub.config().build().toString()).doesNotContain("secret");
    }

    @Test
    void refusesBadSettings() {
        for (Callable<?> bad : List.<Callable<?>>of(
                () -> S3Config.builder("").build(),
                () -> S3Config.builder("a,b").build(),
                () -> S3Config.builder("b").credentials("key", "").build(),
                () -> S3Config.builder("b").prefix("a//b").build(),
                () -> S3Config.builder("b").prefix("p".repeat(124)).build(),
                () -> S3Config.builder("b").callTimeout(Duration.ZERO).build(),
                () -> S3Config.builder("b").maxAttempts(0).build(),
                () -> S3Config.builder("b").maxConnections(0).build())) {
            assertThatThrownBy(bad::call).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private double retries() {
        return metrics.find("narfi_s3_retries").counters().stream().mapToDouble(c -> c.count()).sum();
    }

    private static List<Callable<?>> calls(ObjectStore store) {
        return List.of(
                () -> store.putIfAbsent("k", CONTENT),
                () -> store.get("k", 10),
                () -> store.getRange("k", 0, 1),
                () -> store.list("", "", 1),
                () -> {
                    store.delete(List.of("k"));
                    return null;
                });
    }
}
