package io.narfi.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LabelTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "{a=\"b\", c=\"d\"}|{a=\"b\", c=\"d\"}",
        "{c=\"d\",a=\"b\",}|{a=\"b\", c=\"d\"}",
        "{ }|{}",
        "~~|{}",
        "hello|{__name__=\"hello\"}",
        "a:b{c='d'}|{__name__=\"a:b\", c=\"d\"}",
        "{\"a.b\"=\"x\"}|{\"a.b\"=\"x\"}",
        "{\"metric\", a=\"b\"}|{__name__=\"metric\", a=\"b\"}",
        "{a=`raw \\n`}|{a=\"raw \\\\n\"}",
        "{a=\"\", b=\"\"}|{}",
        "{d=\"1\", d=\"2\"}|{d=\"1\", d=\"2\"}",
        "{a=\"\\x41\\u00e9\\101\\\"\"}|{a=\"A\u00e9A\\\"\"}",
        "~# comment~|{}",
        "{a=\"b\"} # x|{a=\"b\"}",
    })
    void parses(String text, String rendered) {
        assertThat(LabelText.render(LabelText.parse(text))).isEqualTo(rendered);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "{=\"x\"}|1:2: parse error: unexpected \"=\" in label set, expected identifier or \"}\"",
        "{a-b=\"x\"}|1:3: parse error: unexpected character inside braces: '-'",
        "{a b=\"x\"}|1:4: parse error: unexpected identifier \"b\" in label set, expected \"=\"",
        "{a=~\"x\"}|1:3: parse error: unexpected <op:=~> in label set, expected \"=\"",
        "{a!=\"x\"}|1:3: parse error: unexpected <op:!=> in label set, expected \"=\"",
        "{a!\"x\"}|1:3: parse error: unexpected character after '!' inside braces: '\"'",
        "{a=|1:4: parse error: unexpected end of input inside braces",
        "{a=}|1:4: parse error: unexpected \"}\" in label set, expected string",
        "{a=b}|1:4: parse error: unexpected identifier \"b\" in label set, expected string",
        "{a=\"b\" c=\"d\"}|1:8: parse error: unexpected identifier \"c\" in label set, expected \",\" or \"}\"",
        "{a=\"b\",,}|1:8: parse error: unexpected \",\" in label set, expected identifier or \"}\"",
        "{a=\"b}|1:4: parse error: unterminated quoted string",
        "{a=`b}|1:4: parse error: unterminated raw string",
        "{a=\"\\q\"}|1:4: parse error: unknown escape sequence U+0071 'q'",
        "{a=\"b\"} x|1:9: parse error: unexpected identifier \"x\"",
        "{a=\"b\"}{|1:8: parse error: unexpected \"{\"",
        "{a={|1:4: parse error: unexpected left brace '{'",
        "}|1:1: parse error: unexpected right brace '}'",
        "{a=\"b\" \"a long string\"}|1:8: parse error: unexpected string \"\\\"a long st\"... in label set, expected \",\" or \"}\"",
        "{pv=\"1\", \u00fc=\"x\"}|1:10: parse error: unexpected character inside braces: '\u00fc'",
    })
    void refuses(String text, String message) {
        assertThatThrownBy(() -> LabelText.parse(text)).isInstanceOf(ApiException.class).hasMessage(message);
    }

    @Test
    void positionsAreLinesAndBytes() {
        assertThatThrownBy(() -> LabelText.parse("{a=\"b\",\n  \u00e9=\"x\"}")).hasMessageStartingWith("2:3: parse error:");
        assertThatThrownBy(() -> LabelText.parse("{\n'\u00e9'=\"b\", -}")).hasMessageStartingWith("2:11: parse error:");
    }

    @Test
    void selectors() {
        assertThat(LabelText.parseSelector("{a=\"b\", c=~\"d.+\", e!=\"f\", g!~`h`}"))
                .containsExactly(
                        new LabelMatcher("a", LabelMatcher.Op.EQUAL, "b"),
                        new LabelMatcher("c", LabelMatcher.Op.REGEX, "d.+"),
                        new LabelMatcher("e", LabelMatcher.Op.NOT_EQUAL, "f"),
                        new LabelMatcher("g", LabelMatcher.Op.NOT_REGEX, "h"));
        assertThat(LabelText.parseSelector("{}")).isEmpty();
        assertThatThrownBy(() -> LabelText.parseSelector("{a}")).isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> LabelText.parseSelector("a")).isInstanceOf(ApiException.class);
    }

    @Test
    void anyTextIsParsedOrRefused() {
        String alphabet = "{}=,\"'`\\ab01_:!~ #\n\t\u00e9-";
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "{a=\"b\"" : "");
            for (int i = random.nextInt(24); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                String rendered = LabelText.render(LabelText.parse(text.toString()));
                assertThat(LabelText.render(LabelText.parse(rendered))).as("seed %d", seed).isEqualTo(rendered);
            } catch (ApiException e) {
                assertThat(e.text()).as("seed %d", seed).contains(": parse error: ");
            }
        }
    }
}
