package io.narfi.storage.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.narfi.storage.object.ObjectStore.Listing;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.object.ObjectStore.PutResult;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ObjectStore} must do; one subclass per implementation. */
public abstract class ObjectStoreContract {
    private static final int LARGE_BYTES = 64 << 20;

    @TempDir
    protected Path folder;

    private ObjectStore store;

    /** A store without objects, which the suite closes. */
    protected abstract ObjectStore open() throws IOException;

    @BeforeEach
    final void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    /** The store under test. */
    protected final ObjectStore store() {
        return store;
    }

    @Test
    void readsWhatItWrote() throws IOException {
        assertThat(store.putIfAbsent("segments/a/1", text("hello"))).isEqualTo(PutResult.CREATED);
        assertThat(store.get("segments/a/1", 5)).isEqualTo(bytes("hello"));
        store.put("state/x", text("one"));
        assertThat(store.get("state/x", 100)).isEqualTo(bytes("one"));
        store.put("state/x", text("three"));
        assertThat(store.get("state/x", 100)).isEqualTo(bytes("three"));
        assertThat(keys(store.list("", "", 10))).containsExactly("segments/a/1", "state/x");
    }

    @Test
    void putIfAbsentKeepsTheFirst() throws IOException {
        assertThat(store.putIfAbsent("k/1", text("first"))).isEqualTo(PutResult.CREATED);
        assertThat(store.putIfAbsent("k/1", text("second"))).isEqualTo(PutResult.EXISTS);
        assertThat(store.get("k/1", 100)).isEqualTo(bytes("first"));
        store.delete(List.of("k/1"));
        assertThat(store.putIfAbsent("k/1", text("third"))).isEqualTo(PutResult.CREATED);
        assertThat(store.get("k/1", 100)).isEqualTo(bytes("third"));
    }

    @Test
    void oneOfManyConcurrentCreatesWins() throws Exception {
        for (int round = 0; round < 10; round++) {
            String key = "race/" + round;
            CountDownLatch start = new CountDownLatch(1);
            List<Callable<PutResult>> calls = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                byte[] content = bytes("content of " + i).clone();
                calls.add(() -> {
                    start.await();
                    return store.putIfAbsent(key, ObjectContent.of(content));
                });
            }
            List<PutResult> results = runAll(calls, start);
            assertThat(results).filteredOn(PutResult.CREATED::equals).hasSize(1);
            assertThat(results).filteredOn(PutResult.EXISTS::equals).hasSize(15);
            assertThat(store.get(key, 100)).isEqualTo(bytes("content of " + results.indexOf(PutResult.CREATED)));
        }
    }

    @Test
    void createsAndDeletesInOneFolderDoNotDisturbEachOther() throws Exception {
        // Deleting the last object of a folder must not take a folder from under a create.
        CountDownLatch start = new CountDownLatch(1);
        List<Callable<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String key = "shared/deep/" + i;
            calls.add(() -> {
                start.await();
                for (int round = 0; round < 20; round++) {
                    assertThat(store.putIfAbsent(key, text(key))).isEqualTo(PutResult.CREATED);
                    assertThat(store.get(key, 100)).isEqualTo(bytes(key));
                    store.delete(List.of(key));
                }
                return null;
            });
        }
        runAll(calls, start);
        assertThat(store.list("", "", 10).objects()).isEmpty();
    }

    @Test
    void listsInByteOrderAfterAKeyWithinLimits() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1234; i++) {
            expected.add("many/%05d".formatted(i * 7919 % 100_000));
        }
        List<String> all = new ArrayList<>(expected);
        all.addAll(List.of("mana/1", "manz"));
        createAll(all);
        Collections.sort(expected);

        assertThat(allKeys("many/", 1000)).isEqualTo(expected);
        assertThat(allKeys("many/", 7)).isEqualTo(expected);
        Listing first = store.list("many/", "", 1000);
        assertThat(first.truncated()).isTrue();
        assertThat(first.objects().getFirst().size()).isEqualTo(expected.getFirst().length());
        assertThat(keys(store.list("many/", expected.get(500), 3))).isEqualTo(expected.subList(501, 504));
        // A start that is not a key, before the prefix, and after the last key.
        assertThat(keys(store.list("many/", expected.get(500) + "x", 3))).isEqualTo(expected.subList(501, 504));
        assertThat(keys(store.list("many/", "a", 2))).isEqualTo(expected.subList(0, 2));
        assertThat(store.list("many/", expected.getLast(), 2)).isEqualTo(new Listing(List.of(), false));
        assertThat(store.list("many/", "z", 2)).isEqualTo(new Listing(List.of(), false));
        // Exactly as many as there are is not truncated, whatever else is in the bucket.
        assertThat(store.list("mana/", "", 1).truncated()).isFalse();
        assertThat(keys(store.list("man", expected.getLast(), 10))).containsExactly("manz");

        store.delete(expected);
        assertThat(allKeys("", 1000)).containsExactly("mana/1", "manz");
    }

    @Test
    void listOrderIsThatOfKeysNotOfFolders() throws Exception {
        List<String> keys = List.of("a!/1", "a-b", "a.c/x", "a/1", "a/2/3", "a0", "aa/1", "b");
        createAll(keys);
        assertThat(allKeys("", 1000)).isEqualTo(keys);
        assertThat(allKeys("", 1)).isEqualTo(keys);
        assertThat(keys(store.list("a", "a.c/x", 2))).containsExactly("a/1", "a/2/3");
        assertThat(keys(store.list("a/", "a/1", 10))).containsExactly("a/2/3");
        assertThat(keys(store.list("a/2/3", "", 10))).containsExactly("a/2/3");
        assertThat(keys(store.list("a/2/3/", "", 10))).isEmpty();
        assertThat(keys(store.list("none/such", "", 10))).isEmpty();
    }

    @Test
    void takesOddKeys() throws Exception {
        List<String> keys = new ArrayList<>(List.of(
                "rules/te!na*nt'(x)/g", "rules/..a/b", "rules/a..b/.c", "rules/...", "rules/a b+c%20&=?#[]{}|~^`\"<>@,;:$", "rules/%2e%2e/x", "rules/" + "p".repeat(255)));
        keys.add(("long".repeat(30) + "/").repeat(7) + "x");
        Collections.sort(keys);
        createAll(keys);
        assertThat(allKeys("", 1)).isEqualTo(keys);
        for (String key : keys) {
            assertThat(store.get(key, 10_000)).as(key).isEqualTo(bytes(key));
            assertThat(keys(store.list(key, "", 2))).as(key).containsExactly(key);
        }
        store.delete(keys);
        assertThat(store.list("", "", 10).objects()).isEmpty();
    }

    @Test
    void refusesBadKeys() {
        for (String key : List.of("", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a\\b", "a\u0000b", "a\nb", "ü", "p".repeat(256), "a/".repeat(450) + "a")) {
            assertThatThrownBy(() -> store.putIfAbsent(key, text("x"))).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.put(key, text("x"))).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.get(key, 10)).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.getRange(key, 0, 1)).as(key).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.delete(List.of(key))).as(key).isInstanceOf(IllegalArgumentException.class);
        }
        for (String prefix : List.of("/", "a//", "../", "ü", "a/".repeat(451))) {
            assertThatThrownBy(() -> store.list(prefix, "", 1)).as(prefix).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> store.list("a", "", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.list("a", "", 1001)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void missingKeysAreNotFound() throws IOException {
        store.putIfAbsent("folder/key", text("x"));
        for (String key : List.of("missing", "folder/missing", "folder", "folder/key/below")) {
            assertThatThrownBy(() -> store.get(key, 10)).as(key).isInstanceOfSatisfying(ObjectNotFoundException.class, e -> assertThat(e.key()).isEqualTo(key));
            assertThatThrownBy(() -> store.getRange(key, 0, 1)).as(key).isInstanceOf(ObjectNotFoundException.class);
            store.delete(List.of(key));
        }
        store.delete(List.of());
        assertThat(allKeys("", 10)).containsExactly("folder/key");
    }

    @Test
    void refusesObjectsLargerThanAsked() throws IOException {
        store.putIfAbsent("k", text("12345"));
        assertThat(store.get("k", 5)).hasSize(5);
        assertThat(store.get("k", Long.MAX_VALUE)).hasSize(5);
        assertNotRetryable(() -> store.get("k", 4));
        assertNotRetryable(() -> store.get("k", 0));
    }

    @Test
    void readsRangesExactly() throws IOException {
        byte[] content = random(100_000, 1);
        store.putIfAbsent("k", ObjectContent.of(content));
        for (int[] range : new int[][] {{0, 1}, {0, 100_000}, {99_999, 1}, {1, 99_998}, {65_535, 2}, {65_536, 1}}) {
            assertThat(store.getRange("k", range[0], range[1])).isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + range[1]));
        }
        assertThat(store.getRange("k", 5, 0)).isEmpty();
        assertNotRetryable(() -> store.getRange("k", 0, 100_001));
        assertNotRetryable(() -> store.getRange("k", 99_999, 2));
        assertNotRetryable(() -> store.getRange("k", 100_000, 1));
        assertNotRetryable(() -> store.getRange("k", 1L << 40, 1));
        assertThatThrownBy(() -> store.getRange("k", -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.getRange("k", 0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.getRange("k", Long.MAX_VALUE, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void storesEmptyObjects() throws IOException {
        assertThat(store.putIfAbsent("empty", ObjectContent.of(new byte[0]))).isEqualTo(PutResult.CREATED);
        assertThat(store.putIfAbsent("empty", text("x"))).isEqualTo(PutResult.EXISTS);
        assertThat(store.get("empty", 0)).isEmpty();
        assertNotRetryable(() -> store.getRange("empty", 0, 1));
        assertThat(store.list("", "", 10).objects()).extracting(ObjectInfo::size).containsExactly(0L);
    }

    @Test
    void writesBuffersFromTheirPositions() throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(16).put(bytes("xxhello, ")).flip().position(2);
        ByteBuffer readOnly = ByteBuffer.wrap(bytes("__world__")).position(2).limit(7).asReadOnlyBuffer();
        ObjectContent content = new ObjectContent.Buffers(List.of(direct, ByteBuffer.allocate(0), readOnly));
        assertThat(content.length()).isEqualTo(12);
        store.putIfAbsent("a", content);
        store.put("b", content);
        assertThat(store.get("a", 100)).isEqualTo(bytes("hello, world"));
        assertThat(store.get("b", 100)).isEqualTo(bytes("hello, world"));
        assertThat(direct.position()).isEqualTo(2);
        assertThat(readOnly.position()).isEqualTo(2);
    }

    @Test
    void storesLargeFilesAndBuffers() throws IOException {
        byte[] block = random(1 << 20, 2);
        Path file = folder.resolve("large");
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < LARGE_BYTES; i += block.length) {
                out.write(block);
            }
        }
        List<ByteBuffer> buffers = Collections.nCopies(LARGE_BYTES / block.length, ByteBuffer.wrap(block));
        store.putIfAbsent("from/file", new ObjectContent.LocalFile(file, LARGE_BYTES));
        store.putIfAbsent("from/buffers", new ObjectContent.Buffers(buffers));
        for (String key : List.of("from/file", "from/buffers")) {
            byte[] all = store.get(key, LARGE_BYTES);
            assertThat(all).hasSize(LARGE_BYTES);
            for (int i = 0; i < LARGE_BYTES; i += block.length) {
                assertThat(Arrays.equals(all, i, i + block.length, block, 0, block.length)).as("%s at %d", key, i).isTrue();
            }
            assertThat(store.getRange(key, LARGE_BYTES - 10, 10)).isEqualTo(Arrays.copyOfRange(block, block.length - 10, block.length));
        }
    }

    @Test
    void refusesFilesThatHaveAnotherLength() throws IOException {
        Path file = Files.write(folder.resolve("short"), bytes("12345"));
        for (ObjectContent content : List.of(
                new ObjectContent.LocalFile(file, 6), new ObjectContent.LocalFile(file, 4), new ObjectContent.LocalFile(folder.resolve("missing"), 6))) {
            assertNotRetryable(() -> store.putIfAbsent("k", content));
            assertNotRetryable(() -> {
                store.put("k", content);
                return null;
            });
        }
        assertThat(store.list("", "", 10).objects()).isEmpty();
    }

    @Test
    void deletesManyKeysMissingOrNot() throws Exception {
        List<String> present = IntStream.range(0, 1100).mapToObj(i -> "d/" + i % 10 + "/" + i).toList();
        createAll(present);
        List<String> both = new ArrayList<>(present);
        IntStream.range(0, 1100).forEach(i -> both.add("d/x/" + i));
        createAll(List.of("d/kept"));
        store.delete(both);
        assertThat(allKeys("", 1000)).containsExactly("d/kept");
        assertThatThrownBy(() -> store.get("d/1/1", 10)).isInstanceOf(ObjectNotFoundException.class);
        store.delete(both);
    }

    @Test
    void anInterruptedThreadGetsInterruptedIOException() throws IOException {
        store.putIfAbsent("k", text("x"));
        List<Callable<?>> calls = List.of(
                () -> store.get("k", 10),
                () -> store.getRange("k", 0, 1),
                () -> store.list("", "", 10),
                () -> store.putIfAbsent("l", text("x")),
                () -> {
                    store.put("m", text("x"));
                    return null;
                },
                () -> {
                    store.delete(List.of("k"));
                    return null;
                });
        for (int i = 0; i < calls.size(); i++) {
            Thread.currentThread().interrupt();
            InterruptedIOException e = catchThrowableOfType(InterruptedIOException.class, calls.get(i)::call);
            assertThat(e).as("call %d", i).isNotNull();
            assertThat(Thread.interrupted()).as("status after call %d", i).isTrue();
        }
        // And nothing is broken afterwards.
        assertThat(store.get("k", 10)).isEqualTo(bytes("x"));
    }

    @Test
    void manyThreadsSeeWhatTheyWrote() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Callable<Void>> calls = new ArrayList<>();
        for (int t = 0; t < 16; t++) {
            String prefix = "threads/" + t + "/";
            calls.add(() -> {
                start.await();
                for (int i = 0; i < 20; i++) {
                    store.putIfAbsent(prefix + i, text(prefix + i));
                    assertThat(store.get(prefix + i, 100)).isEqualTo(bytes(prefix + i));
                    assertThat(store.list(prefix, "", 1000).objects()).hasSize(i + 1);
                }
                return null;
            });
        }
        runAll(calls, start);
        assertThat(allKeys("threads/", 1000)).hasSize(16 * 20);
    }

    private static void assertNotRetryable(Callable<?> call) {
        assertThatThrownBy(call::call).isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
    }

    private List<String> allKeys(String prefix, int limit) throws IOException {
        List<String> result = new ArrayList<>();
        String after = "";
        for (boolean more = true; more; ) {
            Listing page = store.list(prefix, after, limit);
            assertThat(page.objects().size()).isLessThanOrEqualTo(limit);
            result.addAll(keys(page));
            more = page.truncated();
            after = result.isEmpty() ? "" : result.getLast();
        }
        return result;
    }

    private void createAll(List<String> keys) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Callable<PutResult>> calls = new ArrayList<>();
        int step = (keys.size() + 15) / 16;
        for (int from = 0; from < keys.size(); from += step) {
            List<String> part = keys.subList(from, Math.min(from + step, keys.size()));
            calls.add(() -> {
                for (String key : part) {
                    assertThat(store.putIfAbsent(key, text(key))).isEqualTo(PutResult.CREATED);
                }
                return PutResult.CREATED;
            });
        }
        runAll(calls, start);
    }

    private static <T> List<T> runAll(List<Callable<T>> calls, CountDownLatch start) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> call : calls) {
                futures.add(executor.submit(call));
            }
            start.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    private static List<String> keys(Listing listing) {
        return listing.objects().stream().map(ObjectInfo::key).toList();
    }

    private static ObjectContent text(String text) {
        return ObjectContent.of(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] random(int length, long seed) {
        byte[] result = new byte[length];
        new Random(seed).nextBytes(result);
        return result;
    }
}
