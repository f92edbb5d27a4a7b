package io.narfi.storage.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.FaultyObjectStore.Operation;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeteredObjectStoreTest extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
        return new MeteredObjectStore(new InMemoryObjectStore(), new SimpleMeterRegistry());
    }

    @Test
    void countsCallsBytesAndOutcomes() throws IOException {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        FaultyObjectStore faulty = new FaultyObjectStore(new InMemoryObjectStore());
        ObjectStore store = new MeteredObjectStore(faulty, metrics);
        store.putIfAbsent("k", ObjectContent.of(new byte[10]));
        store.putIfAbsent("k", ObjectContent.of(new byte[10]));
        store.put("l", ObjectContent.of(new byte[5]));
        store.get("k", 10);
        store.getRange("k", 2, 3);
        store.list("", "", 10);
        store.delete(List.of("k"));
        assertThatThrownBy(() -> store.get("k", 10)).isInstanceOf(ObjectNotFoundException.class);
        faulty.on(Operation.LIST).failBefore();
        assertThatThrownBy(() -> store.list("", "", 10)).isInstanceOf(ObjectStoreException.class);
        faulty.heal();
        faulty.on(Operation.LIST).refuse();
        assertThatThrownBy(() -> store.list("", "", 10)).isInstanceOf(ObjectStoreException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> store.get("l", 10)).isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThatThrownBy(() -> store.get("//", 10)).isInstanceOf(IllegalArgumentException.class);

        for (String[] expected : new String[][] {
            {"put_if_absent", "ok"}, {"put_if_absent", "exists"}, {"put", "ok"}, {"get", "ok"}, {"get_range", "ok"}, {"list", "ok"}, {"delete", "ok"},
            {"get", "not_found"}, {"list", "retryable"}, {"list", "refused"}, {"get", "interrupted"}, {"get", "bug"}
        }) {
            assertThat(metrics.get("narfi_object_store_operation_duration").tags("operation", expected[0], "outcome", expected[1]).timer().count())
                    .as(String.join(" ", expected))
                    .isEqualTo(1);
        }
        assertThat(bytes(metrics, "put_if_absent")).isEqualTo(10);
        assertThat(bytes(metrics, "put")).isEqualTo(5);
        assertThat(bytes(metrics, "get")).isEqualTo(10);
        assertThat(bytes(metrics, "get_range")).isEqualTo(3);
        assertThat(metrics.get("narfi_object_store_in_flight").gauge().value()).isZero();
    }

    private static double bytes(SimpleMeterRegistry metrics, String operation) {
        return metrics.get("narfi_object_store_bytes").tags("operation", operation).counter().count();
    }
}
