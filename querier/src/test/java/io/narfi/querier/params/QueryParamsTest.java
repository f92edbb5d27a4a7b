package io.narfi.querier.params;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.http.Params;
import io.narfi.storage.ScanRequest.Direction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryParamsTest {
    private static final long NOW = 1_793_500_000L * Durations.SECOND;
    private static final long START = 1_793_491_200_000_000_000L;
    private static final long END = 1_793_498_400_000_000_000L;

    @Test
    void fillsInDefaults() {
        QueryParams p = QueryParams.range(Params.of("query", "{a=\"b\"}"), NOW);
        assertThat(p).isEqualTo(new QueryParams(
                "{a=\"b\"}", NOW - Durations.HOUR, NOW, 14 * Durations.SECOND, 0, 100, Direction.BACKWARD));
        assertThat(QueryParams.instant(Params.of(), NOW)).isEqualTo(new QueryParams("", NOW, NOW, 0, 0, 100, Direction.BACKWARD));
    }

    @ParameterizedTest
    @CsvSource({
        "1793496600, 1793496600000000000",
        "1793496600.0, 1793496600000000000",
        "1793496600.5, 1793496600500000000",
        "1793496600.1234567, 1793496600123000000",
        "1.7934966e9, 1793496600000000000",
        "1793496600000000000, 1793496600000000000",
        "1793496600000, 1793496600000",
        "-1, -1000000000",
        "2026-11-01T01:30:00Z, 1793496600000000000",
        "2026-11-01T02:30:00+01:00, 1793496600000000000",
        "2026-11-01T01:30:00.5Z, 1793496600500000000",
        "2026-11-01T01:30:00.123456789Z, 1793496600123456789",
        "4000000000, 4000000000000000000",
        "9999999999, 9223372036854775807",
    })
    void readsTimes(String text, long nanos) {
        assertThat(QueryParams.instant(Params.of("time", text), NOW).start()).isEqualTo(nanos);
    }

    @ParameterizedTest
    @CsvSource({"60, 60000", "60.5, 60500", "1500ms, 1500", "600.0, 600000", "1h10m, 4200000", "1d, 86400000", "0.75, 750", "'', 28000"})
    void readsSteps(String text, long millis) {
        Params params = Params.of("start", "" + START, "end", "" + END, "step", text);
        assertThat(QueryParams.range(params, NOW).step()).isEqualTo(millis * Durations.MILLISECOND);
    }

    @Test
    void keepsAStepOfAtLeastAMillisecond() {
        Params params = Params.of("start", "" + START, "end", "" + (START + 1000), "step", "0.0001");
        assertThat(QueryParams.range(params, NOW).step()).isEqualTo(Durations.MILLISECOND);
    }

    @Test
    void countsSinceFromTheEndButNotFromTheFuture() {
        assertThat(QueryParams.range(Params.of("end", "" + END, "since", "2h"), NOW).start()).isEqualTo(END - 2 * Durations.HOUR);
        QueryParams future = QueryParams.range(Params.of("end", "" + (NOW + Durations.DAY), "since", "1h"), NOW);
        assertThat(future.start()).isEqualTo(NOW - Durations.HOUR);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "limit | 0 | limit must be a positive value",
                "limit | -5 | limit must be a positive value",
                "limit | abc | strconv.Atoi: parsing \"abc\": invalid syntax",
                "limit | 5.5 | strconv.Atoi: parsing \"5.5\": invalid syntax",
                "limit | 99999999999999999999 | strconv.Atoi: parsing \"99999999999999999999\": value out of range",
                "direction | sideways | invalid direction 'sideways'",
                "interval | x | cannot parse \"x\" to a valid duration",
                "interval | -5s | cannot parse \"-5s\" to a valid duration",
                "interval | -5 | interval must be >= 0",
                "step | -5s | cannot parse \"-5s\" to a valid duration",
                "step | 0 | zero or negative query resolution step widths are not accepted. Try a positive integer",
                "step | -1 | zero or negative query resolution step widths are not accepted. Try a positive integer",
                "step | abc | cannot parse \"abc\" to a valid duration",
                "step | 0.1h | cannot parse \"0.1h\" to a valid duration",
                "step | 1ns | cannot parse \"1ns\" to a valid duration",
                "step | 1e30 | cannot parse \"1e30\" to a valid duration. It overflows int64",
                "step | 1ms | exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
                "step | 0.5 | exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
                "start | abc | could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
                "end | abc | could not parse 'end' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
                "start | 2026-11-01 | could not parse 'start' parameter: strconv.ParseInt: parsing \"2026-11-01\": invalid syntax",
                "end | 2026-11-01T00:00 | could not parse 'end' parameter: strconv.ParseInt: parsing \"2026-11-01T00:00\": invalid syntax",
                "start | 17e8 | could not parse 'start' parameter: strconv.ParseInt: parsing \"17e8\": invalid syntax",
                "end | 1700000000 | end timestamp must not be before or equal to start time",
                "since | abc | could not parse 'since' parameter: not a valid duration string: \"abc\"",
                "since | 1.5h | could not parse 'since' parameter: unknown unit \".\" in duration \"1.5h\"",
            })
    void refuses(String name, String value, String message) {
        Params params = Params.parse("start=" + START + "&end=" + END + "&query=x");
        Params changed = Params.of(
                "query",
                "x",
                "start",
                name.equals("start") ? value : params.getOrEmpty("start"),
                "end",
                name.equals("end") ? value : params.getOrEmpty("end"),
                name,
                value);
        assertThatThrownBy(() -> QueryParams.range(changed, NOW))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
                .hasMessage(message);
    }

    @Test
    void refusesOneStepMoreThanElevenThousand() {
        Params atTheLimit = Params.of("start", "" + START, "end", "" + (START + 11_000 * Durations.SECOND), "step", "1");
        assertThat(QueryParams.range(atTheLimit, NOW).step()).isEqualTo(Durations.SECOND);
        Params beyond = Params.of("start", "" + START, "end", "" + (START + 11_001 * Durations.SECOND), "step", "1");
        assertThatThrownBy(() -> QueryParams.range(beyond, NOW)).hasMessageStartingWith("exceeded maximum resolution of 11,000 points");
    }

    @Test
    void namesNoParameterForABadInstant() {
        assertThatThrownBy(() -> QueryParams.instant(Params.of("time", "abc"), NOW))
                .hasMessage("strconv.ParseInt: parsing \"abc\": invalid syntax");
    }
}
