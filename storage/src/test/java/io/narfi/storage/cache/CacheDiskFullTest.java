package io.narfi.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.SmallDisk;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
final class CacheDiskFullTest {
    @TempDir
    private Path folder;

    @Test
    void aFullDiskFailsNoReadAndTheCacheLivesOnWithLess() throws Exception {
        byte[] content = new byte[4 << 20];
        new Random(1).nextBytes(content);
        InMemoryObjectStore store = new InMemoryObjectStore();
        store.putIfAbsent("k", ObjectContent.of(content));
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        try (SmallDisk disk = new SmallDisk(folder, 2 << 20);
                CachedObjects cache = new CachedObjects(store, new CacheConfig(disk.folder().resolve("cache"), 1 << 30, 0, 64 << 10), metrics)) {
            for (int round = 0; round < 3; round++) {
                assertThat(Arrays.equals(cache.reader("k", content.length).read(0, content.length), content)).isTrue();
            }
            assertThat(metrics.get("narfi_cache_errors").tags("kind", "write").counter().count()).isPositive();
            assertThat(metrics.get("narfi_cache_disk_max_bytes").gauge().value()).isLessThan(2 << 20);
            // What is read often gets its place: the disk is not stuck with the oldest copies.
            store.putIfAbsent("new", ObjectContent.of(content));
            double hits = metrics.get("narfi_cache_hits").tags("tier", "disk").counter().count();
            for (int i = 0; i < 50; i++) {
                cache.reader("new", content.length).read(100, 10);
            }
            assertThat(metrics.get("narfi_cache_hits").tags("tier", "disk").counter().count()).isGreaterThan(hits + 10);
        }
    }

    @Test
    void resultsLiveOnWithLessToo() throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        byte[] blob = new byte[10_000];
        new Random(1).nextBytes(blob);
        try (SmallDisk disk = new SmallDisk(folder, 2 << 20);
                BlobCache cache = new BlobCache(new BlobCacheConfig(disk.folder().resolve("results"), 1 << 30, 20L * blob.length), metrics)) {
            for (int i = 0; i < 500; i++) {
                cache.put(BlobKey.of(new byte[] {(byte) i, (byte) (i >> 8)}), blob);
            }
            assertThat(metrics.get("narfi_result_cache_errors").tags("kind", "write").counter().count()).isPositive();
            assertThat(metrics.get("narfi_result_cache_disk_max_bytes").gauge().value()).isBetween(1.0, (double) (2 << 20));
            assertThat(cache.diskBytes()).isPositive();
        }
    }
}
