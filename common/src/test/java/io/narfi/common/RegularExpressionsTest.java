package io.narfi.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.PatternSyntaxException;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class RegularExpressionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "(?i)[\\x{80}-\\x{10ffff}]+ ~ É世 ~ true",
                "(?i)[\\x{80}-\\x{10ffff}] ~ a ~ false",
                "(?i)[a-\u1c82k] ~ K ~ true",
                "(?i)[\u1c81-\\x{1fff}] ~ Д ~ true",
                "(?i)[^\u1c81] ~ x ~ true",
                "(?i)[]\u1c80-\u1c88[:digit:]-] ~ ] ~ true",
                "(?i)\u1c80\\x{1c81} ~ ВД ~ true",
                "(?i)\\Q\u1c80.\\E ~ в. ~ true",
                "(?i:a)[b-d] ~ Ac ~ true",
                "[\\x{80}-\\x{10ffff}] ~ \u1c80 ~ true",
                "(?i)\\d[\\w-z]\\x41 ~ 1-a ~ true",
            })
    void endsAndMatches(String expression, String text, boolean matches) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThat(RegularExpressions.compile(expression).matches(text)).isEqualTo(matches));
    }

    @Test
    void boundsFolding() {
        assertThatThrownBy(() -> RegularExpressions.compile("(?i)" + "[a-\\x{10ffff}]".repeat(10_000)))
                .isInstanceOf(PatternSyntaxException.class)
                .hasMessageContaining("expression too large");
        assertThat(RegularExpressions.compile("(?i)" + "[a-\\x{10ffff}]".repeat(30)).matches("É".repeat(30))).isTrue();
    }

    @Test
    void boundsRepetitions() {
        for (String large : new String[] {".{0,1000}".repeat(1_000), "((a{10}){10}b{999})".repeat(1_000), "\\pL".repeat(10_000), "[\\p{Greek}x]{1000}", "(?:ab\\x{41}){1000,}".repeat(100)}) {
            assertThatThrownBy(() -> RegularExpressions.compile(large)).as(large.substring(0, 12)).isInstanceOf(PatternSyntaxException.class).hasMessageContaining("expression too large");
        }
        assertThat(RegularExpressions.compile("(?:x{1000}){1}|" + "a{100}".repeat(1_000) + "{,5}").matches("x".repeat(1000))).isTrue();
    }

    @Test
    void leavesErrorsToTheCompiler() {
        for (String bad : new String[] {"(?i)[", "(?i)[a-", "(?i)\\", "(?i)\\x", "(?i)\\x{", "(?i)\\x{zz}", "(?i)[b-a]", "(?i)[[:foo:]]", "(?i)[a\\"}) {
            assertThatThrownBy(() -> RegularExpressions.compile(bad)).as(bad).isInstanceOf(PatternSyntaxException.class);
        }
        assertThat(RegularExpressions.compile("(?i)\\Qab").matches("AB")).isTrue();
    }
}
