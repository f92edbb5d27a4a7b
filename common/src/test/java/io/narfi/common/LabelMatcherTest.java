package io.narfi.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.narfi.common.LabelMatcher.Op;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelMatcherTest {
    private static final List<String> VALUES =
            List.of("", "a", "b", "ab", "a.b", "aXb", "a|b", "(a|b)", "a)", "(a", "a-b", "a/b", "\\", "x\ny", "\u00e9", "A", "a\\.b", "a,", "d");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "a", "a|b", "(a|b)", "(a)|(b)", "a|", "|", "()", "a\\.b", "a\\.b|a", "(a\\|b)", "\\(a\\|b\\)", "a\\)", "(a\\)", "a\\-b|a\\/b", "a.b",
                "a+", ".*", ".+", "[ab]", "(?i)a", "(?:a|b)", "(a|b)|(c|d)", "\\d", "\\\\", "x\ny", "\u00e9|e", "^a$", "a$|b", "a{1}", "a\\,"
            })
    void listedValuesMatchAsTheExpressionDoes(String expression) {
        Pattern pattern;
        try {
            pattern = Pattern.compile("^(?s:" + expression + ")$");
        } catch (com.google.re2j.PatternSyntaxException e) {
            assertThatThrownBy(() -> new LabelMatcher("l", Op.REGEX, expression)).isInstanceOf(com.google.re2j.PatternSyntaxException.class);
            return;
        }
        for (String value : VALUES) {
            assertThat(new LabelMatcher("l", Op.REGEX, expression).matches(value)).as(value).isEqualTo(pattern.matches(value));
            assertThat(new LabelMatcher("l", Op.NOT_REGEX, expression).matches(value)).as(value).isNotEqualTo(pattern.matches(value));
        }
    }

    @Test
    void choicesOfDashboardsAreLists() {
        assertThat(LabelMatcher.alternatives("a|b\\.c|d-e")).isEqualTo(Set.of("a", "b.c", "d-e"));
        assertThat(LabelMatcher.alternatives("(a|b)")).isEqualTo(Set.of("a", "b"));
        assertThat(LabelMatcher.alternatives("a.b")).isNull();
        assertThat(LabelMatcher.alternatives("(a)|(b)")).isNull();
    }

    @Test
    void anExpressionBeyondTheStackIsAnErrorOfTheQuery() {
        LabelMatcher matcher = new LabelMatcher("l", Op.REGEX, "(a*)*".repeat(40_000));
        assertThatThrownBy(() -> matcher.matches("a".repeat(10))).isInstanceOf(ApiException.class).hasMessageContaining("expression too large");
    }
}
