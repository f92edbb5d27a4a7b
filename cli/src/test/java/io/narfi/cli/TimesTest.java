package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
    private static final long NOW = 1_793_534_400_000_000_000L; // 2026-11-01T12:00:00Z

    @ParameterizedTest
    @CsvSource({
        "now, 2026-11-01T12:00:00Z",
        "now-90m, 2026-11-01T10:30:00Z",
        "now+1d, 2026-11-02T12:00:00Z",
        "1793534400, 2026-11-01T12:00:00Z",
        "1793534400.25, 2026-11-01T12:00:00.250Z",
        "1793534400000000001, 2026-11-01T12:00:00.000000001Z",
        "2026-11-01T10:00:00Z, 2026-11-01T10:00:00Z",
        "2026-11-01t10:00:00.123456789z, 2026-11-01T10:00:00.123456789Z",
        "2026-11-01T10:00:00+02:00, 2026-11-01T08:00:00Z",
        "2026-11-01, 2026-11-01T00:00:00Z",
        "2026-11-01T10:00, 2026-11-01T10:00:00Z",
        "2026-11-01 10:00:05.5, 2026-11-01T10:00:05.5Z",
    })
    void readsMoments(String text, String expected) {
        assertThat(Times.instant(Times.parse(text, NOW, ZoneOffset.UTC))).isEqualTo(Instant.parse(expected));
    }

    @Test
    void aTimeWithoutAZoneIsInTheGivenOne() {
        long berlin = Times.parse("2026-11-01T10:00:00", NOW, ZoneId.of("Europe/Berlin"));
        assertThat(Times.instant(berlin)).isEqualTo(Instant.parse("2026-11-01T09:00:00Z"));
        assertThat(Times.instant(Times.parse("2026-11-01", NOW, ZoneId.of("Europe/Berlin")))).isEqualTo(Instant.parse("2026-10-31T23:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "2026-13-01", "2026-11-01T25:00:00Z", "now-", "now-x", "99999999999999999999", "12:00"})
    void refusesWhatIsNoMoment(String text) {
        assertThatThrownBy(() -> Times.parse(text, NOW, ZoneOffset.UTC)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(text);
    }

    @ParameterizedTest
    @CsvSource({"90s, 90", "1h30m, 5400", "7d, 604800", "15, 15", "1.5h, 5400", "0.5, 0.5", "250ms, 0.25"})
    void readsDurations(String text, double seconds) {
        assertThat(Times.duration(text)).isEqualTo((long) (seconds * 1e9));
    }

    @Test
    void refusesWhatIsNoDuration() {
        assertThatThrownBy(() -> Times.duration("soon")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("\"soon\"");
    }

    @Test
    void printsAsGoDoes() {
        assertThat(Times.rfc3339Nano(NOW, ZoneOffset.UTC)).isEqualTo("2026-11-01T12:00:00Z");
        assertThat(Times.rfc3339Nano(NOW + 120, ZoneOffset.ofHours(2))).isEqualTo("2026-11-01T14:00:00.00000012+02:00");
        assertThat(Times.rfc3339Nano(-1, ZoneOffset.UTC)).isEqualTo("1969-12-31T23:59:59.999999999Z");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "RFC3339     | 2026-11-01T12:00:00Z",
        "RFC3339NANO | 2026-11-01T12:00:00.001002003Z",
        "RFC822Z     | 01 Nov 26 12:00 +0000",
        "RFC1123Z    | Sun, 01 Nov 2026 12:00:00 +0000",
        "STAMPMICRO  | Nov  1 12:00:00.001002",
        "STAMPMILLI  | Nov  1 12:00:00.001",
        "STAMPNANO   | Nov  1 12:00:00.001002003",
        "UNIXDATE    | Sun Nov  1 12:00:00 UTC 2026",
    })
    void formatsTimes(TimestampFormat format, String expected) {
        assertThat(format.format(NOW + 1_002_003, ZoneId.of("UTC"))).isEqualTo(expected);
    }
}
