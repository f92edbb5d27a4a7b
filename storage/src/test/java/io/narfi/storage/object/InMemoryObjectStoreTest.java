package io.narfi.storage.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InMemoryObjectStoreTest extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
        return new InMemoryObjectStore();
    }

    @Test
    void isFullAtItsCapacity() throws IOException {
        try (InMemoryObjectStore small = new InMemoryObjectStore(10, InstantSource.fixed(Instant.ofEpochMilli(7)))) {
            small.putIfAbsent("a", ObjectContent.of(new byte[10]));
            assertThatThrownBy(() -> small.putIfAbsent("b", ObjectContent.of(new byte[1])))
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isTrue());
            small.put("a", ObjectContent.of(new byte[9]));
            small.putIfAbsent("b", ObjectContent.of(new byte[1]));
            assertThat(small.usedBytes()).isEqualTo(10);
            assertThat(small.size()).isEqualTo(2);
            small.delete(List.of("a", "b"));
            assertThat(small.usedBytes()).isZero();
        }
    }
}
