package io.narfi.storage.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class FilesystemObjectStoreTest extends ObjectStoreContract {
    @Override
    protected ObjectStore open() throws IOException {
        return new FilesystemObjectStore(folder.resolve("store"));
    }

    @Test
    void leavesNoTemporaryFilesNorEmptyFolders() throws IOException {
        store().putIfAbsent("a/b/c", ObjectContent.of(new byte[3]));
        store().putIfAbsent("a/b/c", ObjectContent.of(new byte[3]));
        store().put("a/d", ObjectContent.of(new byte[3]));
        assertThat(files("tmp")).allMatch(f -> f.endsWith(".lock"));
        store().delete(List.of("a/b/c"));
        assertThat(folder.resolve("store/objects/a/b")).doesNotExist();
        store().delete(List.of("a/d"));
        assertThat(folder.resolve("store/objects/a")).doesNotExist();
        assertThat(folder.resolve("store/objects")).exists();
    }

    @Test
    void openingRemovesWhatADeadProcessLeftButNotWhatALivingOneWrites() throws IOException {
        Path tmp = folder.resolve("store/tmp");
        Path dead = Files.createDirectory(tmp.resolve("dead"));
        Files.write(dead.resolve("1"), new byte[10]);
        Files.createFile(tmp.resolve("dead.lock"));
        Path living;
        try (Stream<Path> all = Files.list(tmp)) {
            living = all.filter(Files::isDirectory).filter(f -> !f.equals(dead)).findFirst().orElseThrow();
        }
        Path writing = Files.write(living.resolve("being-written"), new byte[10]);
        try (ObjectStore second = new FilesystemObjectStore(folder.resolve("store"))) {
            assertThat(dead).doesNotExist();
            assertThat(tmp.resolve("dead.lock")).doesNotExist();
            assertThat(writing).exists();
            assertThat(second.list("", "", 1).objects()).isEmpty();
        }
        store().putIfAbsent("a", ObjectContent.of(new byte[1]));
        assertThat(writing).exists();
    }

    @Test
    void refusesAKeyBelowOrAboveAnother() throws IOException {
        store().putIfAbsent("a/b", ObjectContent.of(new byte[1]));
        for (String key : List.of("a", "a/b/c", "a/b/c/d")) {
            assertThatThrownBy(() -> store().putIfAbsent(key, ObjectContent.of(new byte[1])))
                    .as(key)
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
            assertThatThrownBy(() -> store().put(key, ObjectContent.of(new byte[1])))
                    .as(key)
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
        }
        assertThat(files("tmp")).allMatch(f -> f.endsWith(".lock"));
    }

    @Test
    void aFolderThatCannotBeMadeIsACleanError() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> new FilesystemObjectStore(file.resolve("below"))).isInstanceOf(ObjectStoreException.class);
    }

    private List<String> files(String below) throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("store").resolve(below))) {
            return all.filter(Files::isRegularFile).map(Path::toString).toList();
        }
    }
}
