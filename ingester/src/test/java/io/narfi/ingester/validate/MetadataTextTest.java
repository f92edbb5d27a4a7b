package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetadataTextTest {
    private final MetadataText text = new MetadataText();

    @ParameterizedTest
    @CsvSource({
        "trace.id, trace_id",
        "foo__bar, foo_bar",
        "1st, key_1st",
        "__x__, __x__",
        "__a..b__, __a_b__",
        "__x, _x",
        "_x_, _x_",
        "a-b/c, a_b_c",
        "log.level, log_level",
        "Ab9, Ab9",
        "a\u00e9b, a_b",
        "__1__, __1__",
    })
    void names(String raw, String name) {
        assertThat(name(raw)).isEqualTo(name);
        assertThat(name(raw)).as("remembered").isEqualTo(name);
    }

    @Test
    void namesOfWhichNothingIsLeft() {
        assertRefused("", "label name is empty");
        assertRefused("_", "normalization for label name \"_\" resulted in invalid name \"_\"");
        assertRefused("...", "normalization for label name \"...\" resulted in invalid name \"_\"");
        assertRefused("\u65e5", "normalization for label name \"\u65e5\" resulted in invalid name \"_\"");
        assertRefused("____", "normalization for label name \"____\" resulted in invalid name \"_\"");
    }

    @Test
    void longNamesAreNotRemembered() {
        String raw = "a.".repeat(100);
        assertThat(name(raw)).isEqualTo("a_".repeat(100));
    }

    @Test
    void valuesLoseWhatIsNoUtf8() {
        assertThat(value("plain")).isEqualTo("plain");
        assertThat(value(latin("\u00e9\u65e5\ud83d\ude00"))).isEqualTo("\u00e9\u65e5\ud83d\ude00");
        assertThat(value("a\u00ff\u00feb")).isEqualTo("a  b");
        assertThat(value(latin("a\ufffdb"))).isEqualTo("a b");
        // A sequence that breaks off is one blank a byte; overlong forms and surrogates are no UTF-8 either.
        assertThat(value("\u00f0\u009f\u0098")).isEqualTo("   ");
        assertThat(value("\u00c0\u0080x\u00ed\u00a0\u0080")).isEqualTo("  x   ");
    }

    private String name(String raw) {
        byte[] bytes = raw.getBytes(UTF_8);
        return text.name(bytes, 0, bytes.length);
    }

    private static String latin(String s) {
        return new String(s.getBytes(UTF_8), ISO_8859_1);
    }

    private static String value(String latin) {
        byte[] bytes = latin.getBytes(ISO_8859_1);
        return MetadataText.value(bytes, 0, bytes.length);
    }

    private void assertRefused(String raw, String message) {
        assertThatThrownBy(() -> name(raw))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(500))
                .hasMessage(message);
    }
}
