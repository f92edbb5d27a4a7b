package io.narfi.ingester.validate;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Labels;
import org.junit.jupiter.api.Test;

final class ActiveStreamsTest {
    private final ActiveStreams.Bound bound = new ActiveStreams.Bound(10);
    private final ActiveStreams streams = new ActiveStreams(bound, 1_000);

    /** A push may hold the state of a tenant that is dropped meanwhile. */
    @Test
    void whatWasClearedTakesNothingFromTheBound() {
        assertThat(admit("a")).isEqualTo(ActiveStreams.Outcome.ACCEPTED);
        assertThat(bound.used()).isEqualTo(1);
        streams.clear();
        assertThat(bound.used()).isZero();
        assertThat(admit("b")).isEqualTo(ActiveStreams.Outcome.ACCEPTED);
        assertThat(bound.used()).isZero();
    }

    private ActiveStreams.Outcome admit(String value) {
        return streams.admit(Labels.of("app", value), 1, "", 0, 0, 0, 0);
    }
}
