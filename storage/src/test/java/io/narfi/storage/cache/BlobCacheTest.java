package io.narfi.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCacheTest {
    @TempDir
    private Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private static BlobKey key(int i) {
        return BlobKey.of(("blob " + i).getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bytes(int i) {
        byte[] bytes = new byte[1000 + i % 100];
        new Random(i).nextBytes(bytes);
        return bytes;
    }

    private BlobCache open(long disk, long memory) throws IOException {
        return new BlobCache(new BlobCacheConfig(folder, disk, memory), registry);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(p -> p.getFileName().toString().length() == 64).toList();
        }
    }

    @Test
    void keepsMoreThanMemoryHolds() throws Exception {
        try (BlobCache cache = open(64 << 20, 20_000)) {
            for (int i = 0; i < 200; i++) {
                assertThat(cache.put(key(i), bytes(i))).isTrue();
            }
            assertThat(cache.memoryBytes()).isLessThanOrEqualTo(20_000);
            for (int i = 0; i < 200; i++) {
                assertThat(cache.get(key(i))).as("blob %d", i).isEqualTo(bytes(i));
            }
            assertThat(cache.get(key(200))).isNull();
            assertThat(registry.counter("narfi_result_cache_hits", "tier", "disk").count()).isGreaterThan(100);
            assertThat(registry.counter("narfi_result_cache_misses").count()).isEqualTo(1);
        }
    }

    @Test
    void staysWithinItsBounds() throws Exception {
        try (BlobCache cache = open(40 * 4096, 20_000)) {
            for (int i = 0; i < 500; i++) {
                cache.put(key(i), bytes(i));
            }
            assertThat(cache.diskBytes()).isLessThanOrEqualTo(40 * 4096);
            assertThat(files()).hasSizeLessThanOrEqualTo(40);
            assertThat(registry.counter("narfi_result_cache_evictions", "tier", "disk").count()).isPositive();
            assertThat(cache.put(key(1000), new byte[10_000])).isFalse();
            assertThat(cache.get(key(1000))).isNull();
        }
    }

    @Test
    void survivesARestart() throws Exception {
        try (BlobCache cache = open(64 << 20, 1 << 20)) {
            for (int i = 0; i < 50; i++) {
                cache.put(key(i), bytes(i));
            }
            assertThat(cache.diskBytes()).isZero();
            assertThatThrownBy(() -> open(64 << 20, 1 << 20)).isInstanceOf(IOException.class).hasMessageContaining("in use");
        }
        Files.write(files().getFirst().resolveSibling("x.1.tmp"), new byte[3]);
        try (BlobCache cache = open(64 << 20, 1 << 20)) {
            assertThat(cache.diskBytes()).isEqualTo(50 * 4096);
            for (int i = 0; i < 50; i++) {
                assertThat(cache.get(key(i))).isEqualTo(bytes(i));
            }
        }
    }

    @Test
    void givesNothingThatIsDamaged() throws Exception {
        try (BlobCache cache = open(64 << 20, 1 << 20)) {
            for (int i = 0; i < 4; i++) {
                cache.put(key(i), bytes(i));
            }
        }
        for (Path file : files()) {
            byte[] damaged = Files.readAllBytes(file);
            switch (Math.floorMod(file.hashCode(), 4)) {
                case 0 -> damaged[damaged.length - 1] ^= 1;
                case 1 -> damaged[14] ^= 1;
                case 2 -> damaged = new byte[10];
                default -> damaged[20] ^= 1;
            }
            Files.write(file, damaged);
        }
        try (BlobCache cache = open(64 << 20, 1 << 20)) {
            for (int i = 0; i < 4; i++) {
                assertThat(cache.get(key(i))).isNull();
            }
            assertThat(files()).isEmpty();
            assertThat(cache.diskBytes()).isZero();
        }
        assertThat(registry.counter("narfi_result_cache_errors", "kind", "corrupt").count()).isEqualTo(4);
    }

    @Test
    void forgetsWhatItIsToldTo() throws Exception {
        try (BlobCache cache = open(64 << 20, 20_000)) {
            for (int i = 0; i < 100; i++) {
                cache.put(key(i), bytes(i));
            }
            for (int i = 0; i < 100; i++) {
                cache.remove(key(i));
                assertThat(cache.get(key(i))).isNull();
            }
            assertThat(files()).isEmpty();
        }
    }
}
