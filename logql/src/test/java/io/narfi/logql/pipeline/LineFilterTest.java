package io.narfi.logql.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.Stage;
import io.narfi.logql.Stage.LineArgument;
import io.narfi.logql.Stage.LineOp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LineFilterTest {
    private static Stage filter(LineOp op, String... texts) {
        return new Stage.LineFilter(op, Stream.of(texts).map(LineFilterTest::argument).toList());
    }

    private static LineArgument argument(String text) {
        return text.startsWith("ip:") ? new LineArgument(true, text.substring(3)) : new LineArgument(false, text);
    }

    private static List<String> pass(Stage filter, String... lines) {
        List<String> out = new ArrayList<>();
        for (Batches.Row row : Batches.run(Pipeline.compile(List.of(filter)), Labels.EMPTY, Batches.of(lines))) {
            out.add(row.line());
        }
        return out;
    }

    /** The traps T01 to T19 of the contract that need no parser. */
    @Test
    void traps() {
        assertThat(pass(filter(LineOp.CONTAINS, "", "foo"), "bar", "a foo")).containsExactly("a foo");
        assertThat(pass(filter(LineOp.REGEX, "foo|.*"), "bar", "a foo")).containsExactly("a foo");
        assertThat(pass(filter(LineOp.REGEX, "foo|"), "bar", "a foo")).containsExactly("a foo");
        assertThat(pass(filter(LineOp.REGEX, "foo.*|.*"), "bar", "a foo")).containsExactly("a foo");
        assertThat(pass(filter(LineOp.NOT_CONTAINS, ""), "bar", "")).isEmpty();
        assertThat(pass(filter(LineOp.NOT_REGEX, ".*"), "bar", "")).isEmpty();
        assertThat(pass(filter(LineOp.CONTAINS, ""), "bar", "")).containsExactly("bar", "");
        assertThat(pass(filter(LineOp.NOT_CONTAINS, "foo", "bar"), "bar", "foo", "x")).containsExactly("x");
        assertThat(pass(filter(LineOp.CONTAINS, "x", "ip:1.1.1.1", "y"), "1.1.1.1", "x")).containsExactly("x");
        assertThat(pass(filter(LineOp.CONTAINS, "ip:10.0.0.0/8", "zz"), "10.1.2.3", "x 10.0.0.0/8")).containsExactly("x 10.0.0.0/8");
        assertThat(pass(filter(LineOp.CONTAINS, "ip:bad", "zz"), "bad")).containsExactly("bad");
        assertThat(pass(filter(LineOp.CONTAINS, "ip:192.168.0.1"), "1192.168.0.1", "ip=192.168.0.1.", "192.168.000.001", "x 192.168.0.1,"))
                .containsExactly("1192.168.0.1", "x 192.168.0.1,");
        assertThat(pass(filter(LineOp.CONTAINS, "ip:::1"), "::1", "x=::1,", "x=::1,.....", "a ::1 and more")).containsExactly("x=::1,.....", "a ::1 and more");
        assertThat(pass(filter(LineOp.PATTERN, "foo"), "xfoo", "foox")).containsExactly("xfoo");
        assertThat(pass(filter(LineOp.PATTERN, "<_>foo"), "foofoo", "xfoo")).containsExactly("xfoo");
        assertThat(pass(filter(LineOp.PATTERN, "<_>foo<_>"), "xfoo", "xfoox")).containsExactly("xfoox");
        assertThat(pass(filter(LineOp.PATTERN, "foo<_>"), "xfoox", "foo")).containsExactly("xfoox");
        assertThat(pass(filter(LineOp.PATTERN, ""), "", "x")).containsExactly("");
        assertThat(pass(filter(LineOp.REGEX, "foo.bar"), "foo\nbar", "fooxbar")).containsExactly("fooxbar");
        assertThat(pass(filter(LineOp.REGEX, "(?s)foo.bar"), "foo\nbar")).containsExactly("foo\nbar");
        assertThat(pass(filter(LineOp.REGEX, ".*bar"), "foo\nbar")).containsExactly("foo\nbar");
        assertThat(pass(filter(LineOp.REGEX, "(?i)рей"), "РЕЙ", "рЕЙ")).containsExactly("рЕЙ");
        assertThat(pass(filter(LineOp.REGEX, "(?i)мир"), "МИР", "война")).containsExactly("МИР");
        assertThat(pass(filter(LineOp.REGEX, ".+"), "\n", "")).containsExactly("\n");
    }

    @Test
    void badFiltersAreRefused() {
        assertThatThrownBy(() -> Pipeline.compile(List.of(filter(LineOp.CONTAINS, "ip:192.168.0.1 - 192.168.0.9"))))
                .isInstanceOf(ApiException.class)
                .hasMessageEndingWith("ip: invalid pattern: \"192.168.0.1 - 192.168.0.9\"");
        assertThatThrownBy(() -> Pipeline.compile(List.of(filter(LineOp.REGEX, "ip:1.1.1.1")))).hasMessageEndingWith("ip: invalid operation");
        assertThatThrownBy(() -> Pipeline.compile(List.of(filter(LineOp.PATTERN, "<a> x")))).hasMessageEndingWith("named captures are not allowed: found '<a>'");
        assertThatThrownBy(() -> Pipeline.compile(List.of(filter(LineOp.PATTERN, "<_><_>"))))
                .hasMessageEndingWith("found consecutive capture '<_><_>': invalid expression");
        assertThatThrownBy(() -> Pipeline.compile(List.of(filter(LineOp.REGEX, "(")))).hasMessageEndingWith("error parsing regexp: missing closing ): `(`");
    }

    @Test
    void wholeBatchesGiveWhatSingleLinesGive() {
        long seed = Long.getLong("seed", 7L);
        Random random = new Random(seed);
        List<String> needles = List.of("a", "ab", "ba", "abab", "Ab", "k", "aé", "(?i)ab", "(?i)kab", "a+b", "ab|ba", "ba.*ab", "(?i:a)b[xk]", "x(a|b)k", "\\d\\d", "(?i)straß", "ß.k", "^ab", "k$");
        for (int round = 0; round < 400; round++) {
            byte[][] lines = new byte[1 + random.nextInt(200)][];
            int alphabet = 1 + random.nextInt(9);
            for (int i = 0; i < lines.length; i++) {
                StringBuilder line = new StringBuilder();
                for (int n = random.nextInt(random.nextInt(10) == 0 ? 80 : 8); n > 0; n--) {
                    line.appendCodePoint("abkxABKé1\u212aßſ".codePointAt(random.nextInt(alphabet + 3) % 12));
                }
                lines[i] = line.toString().getBytes(StandardCharsets.UTF_8);
            }
            String needle = needles.get(random.nextInt(needles.size()));
            LineOp op = List.of(LineOp.values()).get(random.nextInt(4));
            TextTest test = LineFilters.compile((Stage.LineFilter) filter(op, needle, needles.get(random.nextInt(needles.size()))));
            EntryBatch batch = Batches.of(null, lines).slice(lines.length / 3, lines.length);
            RowSet rows = BatchFilter.rows(batch, List.of(LineFilters.compile((Stage.LineFilter) filter(LineOp.NOT_CONTAINS, "1")), test));
            for (int row = batch.start; row < batch.end; row++) {
                boolean expected = !new String(lines[row], StandardCharsets.UTF_8).contains("1") && test.test(lines[row], 0, lines[row].length);
                assertThat(rows.has(row)).as("seed %d: %s %s on %s", seed, op, needle, Arrays.toString(lines[row])).isEqualTo(expected);
            }
        }
    }
}
