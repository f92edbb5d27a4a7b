package io.narfi.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStoreContract;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract against a real Ceph RGW. */
@Tag("integration")
final class S3ObjectStoreCephTest extends ObjectStoreContract {
    @Override
    protected ObjectStore open() throws IOException {
        return new S3ObjectStore(DevCeph.config().build(), new SimpleMeterRegistry());
    }

    @Test
    void prefixesAreApart() throws IOException {
        try (ObjectStore other = open()) {
            other.putIfAbsent("k", ObjectContent.of(new byte[3]));
            assertThat(store().list("", "", 10).objects()).isEmpty();
            other.delete(List.of("k"));
        }
    }

    @Test
    void aWrongKeyIsRefusedAtOnce() throws IOException {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        try (ObjectStore stranger = new S3ObjectStore(DevCeph.config().credentials("narfi", "wrong").build(), metrics)) {
            assertThatThrownBy(() -> stranger.putIfAbsent("k", ObjectContent.of(new byte[3])))
                    .hasMessageContaining("403")
                    .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
            assertThat(metrics.find("narfi_s3_retries").counters()).isEmpty();
        }
    }

    @Test
    void aMissingBucketIsRefusedAtOnce() throws IOException {
        S3Config real = DevCeph.config().build();
        S3Config missing = S3Config.builder("no-such-bucket")
                .endpoint(real.endpoint())
                .credentials(real.accessKeyId(), real.secretAccessKey())
                .build();
        try (ObjectStore lost = new S3ObjectStore(missing, new SimpleMeterRegistry())) {
            for (var call : List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                    () -> lost.get("k", 1), () -> lost.list("", "", 1), () -> lost.putIfAbsent("k", ObjectContent.of(new byte[3])))) {
                assertThatThrownBy(call)
                        .hasMessageContaining("NoSuchBucket")
                        .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
            }
        }
    }
}
