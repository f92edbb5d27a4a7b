package io.narfi.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.FaultGate;
import io.narfi.storage.object.FaultyObjectStore;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStoreException;
import io.narfi.storage.object.RangeReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CachedObjectsTest {
    private static final int PIECE = 4 << 10;
    private static final long MEMORY = 64 * PIECE;

    @TempDir
    private Path folder;

    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private final FaultyObjectStore store = new FaultyObjectStore(bucket);
    private SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<CachedObjects> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(CachedObjects::close);
    }

    @Test
    void readsTheRightBytesWhateverTheRange() throws IOException {
        byte[] content = object("blocks/a", 10 * PIECE + 123, 1);
        RangeReader reader = cache(1 << 20, MEMORY).reader("blocks/a", content.length);
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            int offset = random.nextInt(content.length);
            int length = random.nextInt(content.length - offset + 1);
            assertThat(reader.read(offset, length)).isEqualTo(Arrays.copyOfRange(content, offset, offset + length));
        }
        for (int[] border : new int[][] {{0, PIECE}, {PIECE - 1, 2}, {PIECE, PIECE}, {content.length - 1, 1}, {0, content.length}, {5, 0}}) {
            assertThat(reader.read(border[0], border[1])).isEqualTo(Arrays.copyOfRange(content, border[0], border[0] + border[1]));
        }
        assertThat(count("narfi_cache_fetched_bytes")).isEqualTo(content.length);
        assertThatThrownBy(() -> reader.read(content.length, 1)).isInstanceOf(ObjectStoreException.class);
        assertThatThrownBy(() -> reader.read(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void neighboursComeInOneGet() throws IOException {
        byte[] content = object("k", 100 * PIECE, 2);
        RangeReader reader = cache(1 << 20, MEMORY).reader("k", content.length);
        reader.read(50 * PIECE + 10, 10);
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(1);
        // Pieces 48, 49 and 51, 52 are missing: two runs around the one that is here.
        reader.read(48 * PIECE, 5 * PIECE);
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(3);
        assertThat(count("narfi_cache_fetched_bytes")).isEqualTo(5 * PIECE);
        reader.read(48 * PIECE, 5 * PIECE);
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(3);
    }

    @Test
    void aLargeReadIsCutIntoBoundedGets() throws IOException {
        byte[] content = object("k", 40 << 20, 3);
        CachedObjects cache = new CachedObjects(store, CacheConfig.inMemory(8 << 20), metrics);
        assertThat(Arrays.equals(cache.reader("k", content.length).read(0, content.length), content)).isTrue();
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(3);
        assertThat(cache.memoryBytes()).isLessThanOrEqualTo(8 << 20);
        assertThat(count("narfi_cache_evictions", "tier", "memory")).isPositive();
    }

    @Test
    void copiesOutliveTheProcess() throws IOException {
        byte[] content = object("k", 10 * PIECE, 4);
        byte[] small = object("segments/s", 1000, 5);
        CachedObjects first = cache(1 << 20, MEMORY);
        first.reader("k", content.length).read(0, content.length);
        first.whole("segments/s", small.length);
        long bytes = first.diskBytes();
        first.close();
        Files.write(files().getFirst().resolveSibling("3.17.tmp"), new byte[100]);

        CachedObjects second = cache(1 << 20, MEMORY);
        assertThat(second.diskBytes()).isEqualTo(bytes);
        assertThat(files()).noneMatch(f -> f.toString().endsWith(".tmp"));
        long gets = store.calls(Operation.GET_RANGE);
        assertThat(second.reader("k", content.length).read(0, content.length)).isEqualTo(content);
        assertThat(second.whole("segments/s", small.length)).isEqualTo(small);
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(gets);
        assertThat(count("narfi_cache_hits", "tier", "disk")).isEqualTo(11);
    }

    @Test
    void badCopiesAreDroppedAndReadAgain() throws IOException {
        byte[] content = object("k", 4 * PIECE, 6);
        CachedObjects cache = cache(1 << 20, 0);
        RangeReader reader = cache.reader("k", content.length);
        reader.read(0, content.length);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            Path file = files().get(random.nextInt(4));
            switch (random.nextInt(5)) {
                case 0 -> {
                    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
                        int at = random.nextInt((int) Files.size(file));
                        out.seek(at);
                        int old = out.read();
                        out.seek(at);
                        out.write(old ^ (1 << random.nextInt(8)));
                    }
                }
                case 1 -> Files.write(file, Arrays.copyOf(Files.readAllBytes(file), random.nextInt((int) Files.size(file))));
                case 2 -> Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) + 1));
                case 3 -> Files.delete(file);
                default -> Files.copy(files().get(random.nextInt(4)), file.resolveSibling("x"));
            }
            // The last kind: a valid file under the name of another piece.
            Path copy = file.resolveSibling("x");
            if (Files.exists(copy)) {
                Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
            }
            assertThat(reader.read(0, content.length)).as("seed %d, step %d", seed, i).isEqualTo(content);
            assertThat(files()).hasSize(4);
        }
        assertThat(count("narfi_cache_errors", "kind", "corrupt")).isPositive();
        assertThat(cache.diskBytes()).isEqualTo(4 * 2 * 4096);
    }

    @Test
    void anotherObjectUnderTheSameHashIsNeverGivenOut() throws IOException {
        byte[] a = object("a", PIECE, 7);
        byte[] b = object("b", PIECE, 8);
        CachedObjects cache = cache(1 << 20, 0);
        cache.reader("a", PIECE).read(0, PIECE);
        Path ofA = files().getFirst();
        cache.reader("b", PIECE).read(0, PIECE);
        Path ofB = files().stream().filter(f -> !f.equals(ofA)).findFirst().orElseThrow();
        Files.copy(ofA, ofB, StandardCopyOption.REPLACE_EXISTING);
        assertThat(cache.reader("b", PIECE).read(0, PIECE)).isEqualTo(b);
        assertThat(cache.reader("a", PIECE).read(0, PIECE)).isEqualTo(a);
        assertThat(count("narfi_cache_errors", "kind", "corrupt")).isEqualTo(1);
    }

    @Test
    void staysWithinItsBounds() throws IOException {
        long maxDisk = 20 * 2 * 4096;
        CachedObjects cache = cache(maxDisk, 16 * PIECE);
        for (int i = 0; i < 100; i++) {
            String key = "blocks/" + i;
            byte[] content = object(key, PIECE, i);
            assertThat(cache.reader(key, PIECE).read(0, PIECE)).isEqualTo(content);
            assertThat(cache.diskBytes()).isLessThanOrEqualTo(maxDisk);
            assertThat(cache.memoryBytes()).isLessThanOrEqualTo(16 * PIECE);
        }
        assertThat(files().size()).isLessThanOrEqualTo(20);
        assertThat(cache.diskBytes()).isEqualTo(files().size() * 2L * 4096);
        assertThat(count("narfi_cache_evictions", "tier", "disk")).isEqualTo(100 - files().size());
        assertThat(count("narfi_cache_evictions", "tier", "memory")).isPositive();

        // A smaller bound at the next start evicts as well.
        cache.close();
        CachedObjects smaller = cache(5 * 2 * 4096, 0);
        assertThat(smaller.diskBytes()).isLessThanOrEqualTo(5 * 2 * 4096);
        assertThat(files().size()).isLessThanOrEqualTo(5);
    }

    @Test
    void forgetsDeletedObjects() throws IOException {
        byte[] content = object("k", 3 * PIECE, 9);
        byte[] other = object("other", PIECE, 10);
        CachedObjects cache = cache(1 << 20, MEMORY);
        RangeReader reader = cache.reader("k", content.length);
        reader.read(0, content.length);
        cache.reader("other", other.length).read(0, 1);
        bucket.delete(List.of("k", "other"));
        cache.invalidate("k");
        cache.invalidate("never-seen");
        assertThatThrownBy(() -> reader.read(0, 1)).isInstanceOf(ObjectNotFoundException.class);
        assertThat(cache.reader("other", other.length).read(0, PIECE)).isEqualTo(other);
        assertThat(files()).hasSize(1);
        assertThat(cache.diskBytes()).isEqualTo(2 * 4096);
        assertThat(cache.memoryBytes()).isEqualTo(PIECE);
    }

    @Test
    void oneFetchServesAllWhoWantThePiece() throws Exception {
        byte[] content = object("k", 4 * PIECE, 11);
        CachedObjects cache = cache(1 << 20, MEMORY);
        FaultGate gate = store.on(Operation.GET_RANGE).hold();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> reads = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                reads.add(executor.submit(() -> cache.reader("k", content.length).read(PIECE, 2 * PIECE)));
            }
            assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
            gate.open();
            for (Future<byte[]> read : reads) {
                assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo(Arrays.copyOfRange(content, PIECE, 3 * PIECE));
            }
        }
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(1);
    }

    @Test
    void aCancelledFetchDoesNotFailThoseWhoWaitForIt() throws Exception {
        byte[] content = object("k", PIECE, 12);
        CachedObjects cache = cache(1 << 20, MEMORY);
        FaultGate gate = store.on(Operation.GET_RANGE).times(1).hold();
        CompletableFuture<IOException> failed = new CompletableFuture<>();
        Thread cancelled = Thread.startVirtualThread(() -> {
            try {
                cache.reader("k", content.length).read(0, 1);
            } catch (IOException e) {
                failed.complete(e);
            }
        });
        assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<byte[]> waiting = executor.submit(() -> cache.reader("k", content.length).read(0, PIECE));
            awaitCount("narfi_cache_joined", 1);
            cancelled.interrupt();
            assertThat(failed.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
            assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(content);
        }
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(2);
    }

    @Test
    void anErrorOfTheStoreIsEverybodysAndTheNextReadTriesAgain() throws Exception {
        byte[] content = object("k", PIECE, 13);
        CachedObjects cache = cache(1 << 20, MEMORY);
        FaultGate gate = store.on(Operation.GET_RANGE).times(1).hold();
        store.on(Operation.GET_RANGE).times(1).failBefore();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<byte[]> owner = executor.submit(() -> cache.reader("k", content.length).read(0, 1));
            assertThat(gate.awaitArrivals(1, Duration.ofSeconds(10))).isTrue();
            Future<byte[]> waiting = executor.submit(() -> cache.reader("k", content.length).read(0, PIECE));
            awaitCount("narfi_cache_joined", 1);
            gate.open();
            for (Future<byte[]> read : List.of(owner, waiting)) {
                assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
            }
        }
        assertThat(cache.reader("k", content.length).read(0, PIECE)).isEqualTo(content);
    }

    @Test
    void concurrentReadersOverAFaultyStoreAndDiskGetRightBytesOrACleanError() throws Exception {
        long seed = System.nanoTime();
        int objects = 8;
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < objects; i++) {
            contents.add(object("o/" + i, 20 * PIECE + i * 17, i));
        }
        CachedObjects cache = cache(60 * 2 * 4096, 20 * PIECE);
        store.on(Operation.GET_RANGE).randomly(seed, 0.05).failBefore();
        store.on(Operation.GET_RANGE).randomly(seed + 1, 0.05).failAfter();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int t = 0; t < 16; t++) {
                long threadSeed = seed + 100 + t;
                readers.add(executor.submit(() -> {
                    Random random = new Random(threadSeed);
                    int errors = 0;
                    for (int i = 0; i < 100; i++) {
                        int object = random.nextInt(objects);
                        byte[] content = contents.get(object);
                        int offset = random.nextInt(content.length);
                        int length = 1 + random.nextInt(content.length - offset);
                        boolean interrupted = random.nextInt(50) == 0;
                        if (interrupted) {
                            Thread.currentThread().interrupt();
                        }
                        try {
                            byte[] read = cache.reader("o/" + object, content.length).read(offset, length);
                            assertThat(Arrays.equals(read, Arrays.copyOfRange(content, offset, offset + length)))
                                    .as("seed %d: o/%d, %d+%d", seed, object, offset, length)
                                    .isTrue();
                        } catch (ObjectStoreException e) {
                            errors++;
                        } catch (InterruptedIOException e) {
                            assertThat(interrupted).as("seed %d: only those who were interrupted", seed).isTrue();
                        } finally {
                            Thread.interrupted();
                        }
                        if (random.nextInt(20) == 0) {
                            cache.invalidate("o/" + object);
                        }
                        if (random.nextInt(20) == 0) {
                            damageAnyFile(random);
                        }
                    }
                    return errors;
                }));
            }
            int errors = 0;
            for (Future<Integer> reader : readers) {
                errors += reader.get(60, TimeUnit.SECONDS);
            }
            assertThat(errors).as("seed %d", seed).isPositive();
        }
        assertThat(cache.diskBytes()).isLessThanOrEqualTo(60 * 2 * 4096);
    }

    @Test
    void aDiskThatCannotBeWrittenFailsNoRead() throws IOException {
        byte[] content = object("k", 3 * PIECE, 14);
        CachedObjects cache = cache(1 << 20, 0);
        // A file where the cache wants a folder: also root cannot write there.
        for (int i = 0; i < 256; i++) {
            Files.createFile(folder.resolve("cache/%02x".formatted(i)));
        }
        RangeReader reader = cache.reader("k", content.length);
        assertThat(reader.read(0, content.length)).isEqualTo(content);
        assertThat(reader.read(0, content.length)).isEqualTo(content);
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(2);
        assertThat(count("narfi_cache_errors", "kind", "write")).isEqualTo(6);
        assertThat(cache.diskBytes()).isZero();
    }

    @Test
    void aFolderBelongsToOneCache() throws IOException {
        CachedObjects cache = cache(1 << 20, 0);
        assertThatThrownBy(() -> cache(1 << 20, 0)).isInstanceOf(IOException.class).hasMessageContaining("in use");
        cache.close();
        cache(1 << 20, 0);
    }

    @Test
    void wholeObjectsAreOnePiece() throws IOException {
        byte[] content = object("segments/1", 10 * PIECE, 15);
        CachedObjects cache = cache(1 << 20, MEMORY);
        assertThat(cache.whole("segments/1", content.length)).isEqualTo(content);
        assertThat(cache.whole("segments/1", content.length)).isEqualTo(content);
        assertThat(store.calls(Operation.GET_RANGE)).isEqualTo(1);
        assertThat(files()).hasSize(1);
        assertThat(cache.whole("nothing", 0)).isEmpty();
        assertThatThrownBy(() -> cache.whole("segments/1", CachedObjects.MAX_WHOLE_BYTES + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cache.whole("segments/2", 10)).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    void refusesSizesOutOfRange() {
        for (int piece : new int[] {0, 1000, 2048, 8 << 20}) {
            assertThatThrownBy(() -> new CacheConfig(folder, 0, 0, piece)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new CacheConfig(folder, -1, 0, PIECE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CacheConfig(folder, 0, -1, PIECE)).isInstanceOf(IllegalArgumentException.class);
    }

    private CachedObjects cache(long diskBytes, long memoryBytes) throws IOException {
        metrics = new SimpleMeterRegistry();
        CachedObjects cache = new CachedObjects(store, new CacheConfig(folder.resolve("cache"), diskBytes, memoryBytes, PIECE), metrics);
        opened.add(cache);
        return cache;
    }

    private byte[] object(String key, int length, long seed) throws IOException {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        bucket.putIfAbsent(key, ObjectContent.of(content));
        return content;
    }

    private void damageAnyFile(Random random) throws IOException {
        List<Path> all = files();
        if (all.isEmpty()) {
            return;
        }
        Path file = all.get(random.nextInt(all.size()));
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(random.nextInt(4000));
            out.write(random.nextInt());
        } catch (FileNotFoundException e) {
            // Evicted or invalidated since it was listed.
            return;
        }
    }

    private List<Path> files() throws IOException {
        List<Path> result = new ArrayList<>();
        Files.walkFileTree(folder.resolve("cache"), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!file.getFileName().toString().equals("lock")) {
                    result.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
        return result.stream().sorted().toList();
    }

    private double count(String name, String... tags) {
        return metrics.get(name).tags(tags).counter().count();
    }

    private void awaitCount(String name, double value) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (count(name) < value) {
            assertThat(System.nanoTime()).as("waiting for %s = %s", name, value).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
