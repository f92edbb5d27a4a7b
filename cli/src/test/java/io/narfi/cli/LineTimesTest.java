package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineTimesTest {
    private static final long NOW = Times.nanos(TestConsole.NOW);

    private static LineTimes times(String format, @Nullable String regex) {
        return new LineTimes(format, regex, ZoneOffset.UTC, new TestConsole().console());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "rfc3339  | 2026-10-31T10:00:00.123456789+02:00 hello | 2026-10-31T08:00:00.123456789Z",
        "rfc3339  | 2026-10-31 10:00:00,250 hello | 2026-10-31T10:00:00.250Z",
        "rfc3339  | {\"ts\":\"2026-10-31T10:00:00Z\"} | 2026-10-31T10:00:00Z",
        "unix     | 1793534400 hello | 2026-11-01T12:00:00Z",
        "unix     | [1793534400.5] hello | 2026-11-01T12:00:00.500Z",
        "unix-ms  | 1793534400001 x | 2026-11-01T12:00:00.001Z",
        "unix-us  | 1793534400000001 | 2026-11-01T12:00:00.000001Z",
        "unix-ns  | 1793534400000000001 x | 2026-11-01T12:00:00.000000001Z",
        "dd/MMM/uuuu:HH:mm:ss xx | 31/Oct/2026:10:00:00 +0100 GET / | 2026-10-31T09:00:00Z",
        "uuuu-MM-dd HH:mm:ss | 2026-10-31 10:00:00 INFO | 2026-10-31T10:00:00Z",
        "HH:mm:ss | 10:11:12 INFO | 2026-11-01T10:11:12Z",
    })
    void findsTheTimeOfALine(String format, String line, String expected) {
        assertThat(Times.instant(times(format, null).next(line))).isEqualTo(Instant.parse(expected));
    }

    @Test
    void anExpressionSaysWhere() {
        assertThat(times("unix-ms", "at=(\\d+)").next("n=7 at=1793534400001")).isEqualTo(NOW + 1_000_000);
        assertThat(times("dd/MMM/uuuu:HH:mm:ss xx", "\\[([^\\]]+)\\]").next("10.0.0.1 - - [01/Nov/2026:12:00:00 +0000] \"GET /\"")).isEqualTo(NOW);
        assertThat(times("rfc3339", "\\S+$").next("x 2026-11-01T12:00:00Z")).isEqualTo(NOW);
    }

    @Test
    void aTimeWithoutAZoneIsInTheGivenOne() {
        LineTimes berlin = new LineTimes("rfc3339", null, ZoneId.of("Europe/Berlin"), new TestConsole().console());
        assertThat(berlin.next("2026-11-01T13:00:00 x")).isEqualTo(NOW);
    }

    @Test
    void noTwoLinesGetTheSameTimeFromTheClock() {
        LineTimes times = times("now", null);
        assertThat(times.next("a")).isEqualTo(NOW);
        assertThat(times.next("a")).isEqualTo(NOW + 1);
        assertThat(times.next("a")).isEqualTo(NOW + 2);
    }

    @Test
    void aLineWithoutATimeFollowsTheOneBefore() {
        LineTimes times = times("rfc3339", null);
        assertThat(times.next("no time yet")).isEqualTo(NOW);
        assertThat(times.next("2026-11-01T11:00:00Z failed")).isEqualTo(NOW - 3600 * Times.SECOND);
        assertThat(times.next("\tat Main.java:1")).isEqualTo(NOW - 3600 * Times.SECOND + 1);
        assertThat(times.next("2026-11-01T10:00:00Z older")).isEqualTo(NOW - 7200 * Times.SECOND);
        assertThat(times.next("2026-99-01T10:00:00Z no such month")).isEqualTo(NOW - 7200 * Times.SECOND + 1);
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> times("bogus", null)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("bogus");
        assertThatThrownBy(() -> times("now", "(")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("regular expression");
    }
}
