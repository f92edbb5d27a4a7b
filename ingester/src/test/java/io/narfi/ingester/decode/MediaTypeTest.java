package io.narfi.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MediaTypeTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "application/json|application/json",
        "APPLICATION/JSON; charset=utf-8|application/json",
        "application/x-protobuf ;proto=\"a b\\\"c\"; x=y ;|application/x-protobuf",
        "text|text",
    })
    void parses(String header, String type) {
        assertThat(MediaType.parse(header)).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "~~|mime: no media type",
        ";a=b|mime: no media type",
        "a b|mime: expected slash after first token",
        "garbage/;;|mime: expected token after slash",
        "a/b c|mime: unexpected content after media subtype",
        "application/json;x|mime: invalid media parameter",
        "application/json;x=|mime: invalid media parameter",
        "application/json;x=\"a|mime: invalid media parameter",
        "application/json;x=a;X=b|mime: duplicate parameter name",
    })
    void refuses(String header, String message) {
        assertThatThrownBy(() -> MediaType.parse(header)).isInstanceOf(ApiException.class).hasMessage(message);
    }

    @Test
    void noHeaderIsNoType() {
        assertThatThrownBy(() -> MediaType.parse(null)).hasMessage("mime: no media type");
    }
}
