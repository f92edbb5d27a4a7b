package io.narfi.querier.discover;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTypesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1|int|1",
                "-42|int|-42",
                "9223372036854775808|float|9223372036854775808",
                "1.5|float|1.5",
                "1e5|float|1e5",
                "NaN|float|NaN",
                "true|boolean|true",
                "F|boolean|F",
                "yes|string|yes",
                "1h30m|duration|1h30m",
                "944us|duration|944us",
                "1536 B|bytes|1.5kB",
                "10MiB|bytes|10MB",
                "102B|bytes|102B",
                "5k|bytes|5.0kB",
                "0x1F|string|0x1F",
                "10.0.0.1:80|string|10.0.0.1:80",
                "''|string|''",
            })
    void looksAtValues(String value, String type, String forQuery) {
        assertThat(ValueTypes.of(value)).isEqualTo(type);
        assertThat(ValueTypes.forQuery(value)).isEqualTo(forQuery);
    }
}
