package io.narfi.logql.regex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RegexBoundsTest {
    @Test
    void statesAreDroppedWhenTheyWeighTooMuch() throws Exception {
        // after each a the machine must remember which of the last ten places held one: two to the tenth states
        RegexNode tree = RegexParser.parse("a.{10}b$");
        LazyDfa dfa = new LazyDfa(Program.compile(tree), 16_384);
        Pattern judge = Pattern.compile("a.{10}b$");
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 0; n < 200; n++) {
                text.append("ab".charAt(random.nextInt(2)));
            }
            byte[] bytes = text.toString().getBytes(UTF_8);
            assertThat(dfa.find(bytes, 0, bytes.length)).as(text.toString()).isEqualTo(judge.matcher(text.toString()).find());
            assertThat(dfa.weight()).isLessThanOrEqualTo(16_384);
        }
        assertThat(dfa.flushes()).isGreaterThan(3);
    }

    @Test
    void expressionsOfTooManyCharactersAreLeftToRe2j() {
        String apart = IntStream.range(0x4e00, 0x4e00 + 2_500).mapToObj(Character::toString).collect(Collectors.joining());
        Regex regex = Regex.compile("((?:[ab]{900}){1}){1}|" + apart);
        byte[] yes = ("zz" + "ab".repeat(450)).getBytes(UTF_8);
        byte[] no = "ab".repeat(449).getBytes(UTF_8);
        assertThatThrownBy(() -> Program.compile(RegexParser.parse(regex.expression()))).hasMessage("too many different sets of characters");
        assertThat(regex.find(yes, 0, yes.length)).isTrue();
        assertThat(regex.find(no, 0, no.length)).isFalse();
        GroupMatcher matcher = regex.matcher();
        assertThat(matcher.find(yes, 0, yes.length)).isTrue();
        assertThat(matcher.start(1)).isEqualTo(2);
    }

    @Test
    void longTextsAreLeftToRe2j() {
        GroupMatcher matcher = Regex.compile("(x+)(y+)").matcher();
        byte[] text = ("é".repeat(1_000_000) + "xxy").getBytes(UTF_8);
        assertThat(matcher.find(text, 0, text.length)).isTrue();
        assertThat(matcher.start(1)).isEqualTo(2_000_000);
        assertThat(matcher.end(2)).isEqualTo(2_000_003);
    }

    @Test
    void refusals() {
        assertThatThrownBy(() -> Regex.compile("(".repeat(1001) + ")".repeat(1001))).hasMessageStartingWith("error parsing regexp: expression nests too deeply");
        assertThatThrownBy(() -> Regex.compile("(a{100}){100}")).hasMessage("error parsing regexp: invalid repeat count: `{100}`");
        assertThatThrownBy(() -> Regex.compile("a{1001}")).hasMessage("error parsing regexp: invalid repeat count: `{1001}`");
        assertThatThrownBy(() -> Regex.compile("a)b")).hasMessage("error parsing regexp: unexpected ): `a)b`");
        assertThatThrownBy(() -> Regex.compile("a++")).hasMessage("error parsing regexp: invalid nested repetition operator: `++`");
        assertThatThrownBy(() -> Regex.compile("(?=a)")).hasMessage("error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
        assertThat(Regex.compile("(?P<a>x)(?P<a>y)").groupNames()).containsExactly(null, "a", "a");
    }
}
