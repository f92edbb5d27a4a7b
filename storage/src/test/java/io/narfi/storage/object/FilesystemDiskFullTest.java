package io.narfi.storage.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.object.ObjectStore.PutResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("integration")
final class FilesystemDiskFullTest {
    @TempDir
    private Path folder;

    @Test
    void aFullDiskIsAnErrorThatMayPassAndLeavesNothingBehind() throws Exception {
        try (SmallDisk disk = new SmallDisk(folder, 1 << 20);
                ObjectStore store = new FilesystemObjectStore(disk.folder())) {
            assertThat(store.putIfAbsent("a", ObjectContent.of(new byte[600_000]))).isEqualTo(PutResult.CREATED);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> store.putIfAbsent("b/c", ObjectContent.of(new byte[600_000])))
                        .hasMessageContaining("space")
                        .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
                assertThatThrownBy(() -> store.put("a", ObjectContent.of(new byte[600_000]))).isInstanceOf(ObjectStoreException.class);
            }
            assertThat(store.list("", "", 10).objects()).extracting(ObjectInfo::key).containsExactly("a");
            try (Stream<Path> left = Files.walk(disk.folder().resolve("tmp"))) {
                assertThat(left.filter(Files::isRegularFile)).allMatch(f -> f.toString().endsWith(".lock"));
            }
            store.delete(List.of("a"));
            assertThat(store.putIfAbsent("b/c", ObjectContent.of(new byte[600_000]))).isEqualTo(PutResult.CREATED);
        }
    }
}
