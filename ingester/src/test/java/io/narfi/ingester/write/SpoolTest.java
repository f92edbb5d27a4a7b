package io.narfi.ingester.write;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SpoolTest {
    private static final String WRITER = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    /** That of the spool opened last; each has one of its own, as each process has. */
    private SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    private Path folder;

    @Test
    void keepsWhatItTookInOrderOfKeys() throws Exception {
        try (Spool spool = open(1000)) {
            assertThat(spool.write(id(2), content("two"))).isTrue();
            assertThat(spool.write(id(1), content("one"))).isTrue();
            assertThat(spool.usedBytes()).isEqualTo(6);
        }
        try (Spool spool = open(1000)) {
            assertThat(spool.size()).isEqualTo(2);
            assertThat(spool.usedBytes()).isEqualTo(6);
            SpoolFile first = spool.first();
            assertThat(first.id()).isEqualTo(id(1));
            assertThat(first.intact()).isTrue();
            assertThat(Files.readString(first.path())).isEqualTo("one");
            spool.stored(first);
            assertThat(spool.first().id()).isEqualTo(id(2));
            assertThat(spool.usedBytes()).isEqualTo(3);
        }
    }

    @Test
    void isBounded() throws Exception {
        try (Spool spool = open(5)) {
            assertThat(spool.write(id(1), content("abc"))).isTrue();
            assertThat(spool.write(id(2), content("def"))).isFalse();
            assertThat(spool.write(id(3), content("de"))).isTrue();
            assertThat(spool.write(id(4), content("x"))).isFalse();
            assertThat(event("full")).isEqualTo(2);
            spool.stored(spool.first());
            assertThat(spool.write(id(4), content("x"))).isTrue();
        }
    }

    @Test
    void oneProcessAtATime() throws Exception {
        try (Spool spool = open(100)) {
            assertThatThrownBy(() -> open(100)).isInstanceOf(IOException.class).hasMessageContaining("in use by another process");
            assertThat(spool.size()).isZero();
        }
        open(100).close();
    }

    @Test
    void unfinishedFilesOfADeadProcessAreDeleted() throws Exception {
        Files.createDirectories(folder);
        Path unfinished = folder.resolve(WRITER + "-000000000001-3-00000000.segment.tmp");
        Files.writeString(unfinished, "abc");
        Files.writeString(folder.resolve("README"), "not ours");
        try (Spool spool = open(100)) {
            assertThat(spool.size()).isZero();
            assertThat(unfinished).doesNotExist();
            assertThat(folder.resolve("README")).exists();
        }
    }

    @Test
    void damagedFilesGoToQuarantineAndTheOthersAreStored() throws Exception {
        Path torn;
        Path flipped;
        try (Spool spool = open(1000)) {
            assertThat(spool.write(id(1), content("torn file"))).isTrue();
            torn = spool.first().path();
            assertThat(spool.write(id(0), content("flipped"))).isTrue();
            flipped = spool.first().path();
            assertThat(spool.write(id(2), content("good"))).isTrue();
        }
        Files.write(torn, Arrays.copyOf(Files.readAllBytes(torn), 4));
        byte[] bytes = Files.readAllBytes(flipped);
        bytes[3] ^= 1;
        Files.write(flipped, bytes);
        InMemoryObjectStore store = new InMemoryObjectStore();
        try (WritePath path = WritePath.withSpool(store, WritePath.SETTINGS, folder, 1000)) {
            path.awaitDrained();
            assertThat(store.list("segments/", "", 10).objects()).singleElement().extracting(o -> o.key()).isEqualTo(id(2).key());
            assertThat(folder.resolve("quarantine").resolve(torn.getFileName())).exists();
            assertThat(folder.resolve("quarantine").resolve(flipped.getFileName())).exists();
            assertThat(path.spool).isNotNull();
            assertThat(path.spool.usedBytes()).as("they count").isEqualTo(4 + 7);
        }
        try (Spool spool = open(1000)) {
            assertThat(spool.usedBytes()).isEqualTo(4 + 7);
        }
    }

    @Test
    void aFileThatSomeoneRemovedIsCountedAndDoesNotBlockTheOthers() throws Exception {
        InMemoryObjectStore store = new InMemoryObjectStore();
        try (Spool spool = open(1000)) {
            assertThat(spool.write(id(1), content("one"))).isTrue();
            assertThat(spool.write(id(2), content("two"))).isTrue();
            Files.delete(spool.first().path());
            SpoolDrainer drainer = new SpoolDrainer(
                    spool, store, new StoreHealth(registry), WritePath.SETTINGS.firstBackOff(), WritePath.SETTINGS.maxBackOff(), registry);
            drainer.start();
            WritePath.await(() -> spool.size() == 0);
            drainer.stop();
            assertThat(event("lost")).isEqualTo(1);
            assertThat(event("drained")).isEqualTo(1);
            assertThat(spool.usedBytes()).isZero();
        }
    }

    @Test
    void aFailingDiskLeavesNothingBehind() throws Exception {
        try (Spool spool = open(1000)) {
            // A folder under the temporary name makes the write fail.
            assertThat(spool.write(id(1), content("one"))).isTrue();
            String name = spool.first().path().getFileName().toString();
            spool.stored(spool.first());
            Files.createDirectories(folder.resolve(name + ".tmp").resolve("x"));
            assertThatThrownBy(() -> spool.write(id(1), content("one"))).isInstanceOf(IOException.class);
            assertThat(spool.size()).isZero();
            assertThat(spool.usedBytes()).isZero();
            assertThat(event("failed")).isEqualTo(1);
        }
    }

    private Spool open(long bytes) throws IOException {
        registry = new SimpleMeterRegistry();
        return Spool.open(folder, bytes, registry);
    }

    private double event(String event) {
        return registry.get("narfi_ingester_spool_events_total").tag("event", event).counter().count();
    }

    private static SegmentId id(long sequence) {
        return new SegmentId(WRITER, sequence);
    }

    private static ObjectContent content(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        int middle = bytes.length / 2;
        return new ObjectContent.Buffers(List.of(ByteBuffer.wrap(bytes, 0, middle), ByteBuffer.wrap(bytes, middle, bytes.length - middle)));
    }
}
