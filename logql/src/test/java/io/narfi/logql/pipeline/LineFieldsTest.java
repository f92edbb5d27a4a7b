package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.LineFields.Format;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineFieldsTest {
    private final LineFields fields = new LineFields(Labels.of("app", "web"));

    @Test
    void readsJsonWithPaths() {
        assertThat(fields.read("{\"a\":{\"b-c\":1,\"d\":{\"e\":true}},\"app\":\"x\",\"l\":[1]}".getBytes(UTF_8))).isEqualTo(Format.JSON);
        assertThat(fields.fields()).isEqualTo(Labels.of("a_b_c", "1", "a_d_e", "true", "app_extracted", "x"));
        assertThat(fields.jsonPath("a_b_c")).containsExactly("a", "b-c");
        assertThat(fields.jsonPath("a_d_e")).containsExactly("a", "d", "e");
        assertThat(fields.jsonPath("app_extracted")).containsExactly("app");
        assertThat(fields.jsonPath("l")).isEmpty();
    }

    @Test
    void forgetsTheLineBefore() {
        assertThat(fields.read("{\"a\":1}".getBytes(UTF_8))).isEqualTo(Format.JSON);
        assertThat(fields.read("{\"a\":1,broken b=2".getBytes(UTF_8))).isEqualTo(Format.LOGFMT);
        assertThat(fields.fields().has("a")).isFalse();
        assertThat(fields.jsonPath("a")).isEmpty();
        assertThat(fields.read("nothing here".getBytes(UTF_8))).isEqualTo(Format.NONE);
        assertThat(fields.fields()).isEqualTo(Labels.EMPTY);
    }

    @Test
    void readsLogfmt() {
        assertThat(fields.read("level=info app=y msg=\"a b\" bare".getBytes(UTF_8))).isEqualTo(Format.LOGFMT);
        assertThat(fields.fields()).isEqualTo(Labels.of("app_extracted", "y", "level", "info", "msg", "a b"));
        assertThat(fields.jsonPath("level")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"n\":1,\"msg\":\"hello \\\"you\\\"\"} ; hello \\\"you\\\"",
                "{ \"message\" : \"m\", \"msg\":\"n\" } ; m",
                "{\"a\":{\"msg\":\"inner\"},\"log\":\"outer\"} ; outer",
                "{\"msg\":5,\"content\":\"\"} ; ''",
                "{\"msg\":\"cut ; ",
                "{\"n\":1} ; ",
                "msg=x ; ",
                "{ ; ",
                "{} ; ",
            })
    void findsTheMessage(String line, String message) {
        byte[] bytes = ("..." + line).getBytes(UTF_8);
        long found = JsonMessage.find(bytes, 3, bytes.length);
        if (message == null) {
            assertThat(found).isNegative();
        } else {
            assertThat(new String(bytes, JsonMessage.from(found), JsonMessage.to(found) - JsonMessage.from(found), UTF_8)).isEqualTo(message);
        }
    }
}
