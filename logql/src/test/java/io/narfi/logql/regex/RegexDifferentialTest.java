package io.narfi.logql.regex;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RE2/J judges: random expressions on random texts must match alike, with groups alike. */
class RegexDifferentialTest {
    private static final List<String> ATOMS = List.of(
            "a", "b", "c", "k", "S", "1", "_", "é", "ſ", "世", ".", "\\.", "[ab]", "[^a]", "[a-c]", "\\d", "\\w", "\\W", "\\s", "\\pL", "[[:alpha:]]",
            "^", "$", "\\b", "\\B", "\\A", "\\z", "(?i:k)", "(?i:aB)", "(?s:.)", "(?m:^)", "(?m:$)", "\\n", "[\\x{e9}k]", "foo", "foobar", "\\x{fffd}", "(?i)", "\\Qa.b\\E");
    private static final List<String> REPEATS = List.of("", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{2,3}?");
    private static final byte[][] PIECES = {
        bytes("a"), bytes("b"), bytes("c"), bytes("A"), bytes("B"), bytes("K"), bytes("k"), bytes("s"), bytes("ſ"), bytes("\u212a"), bytes("é"), bytes("É"),
        bytes("世"), bytes("\n"), bytes(" "), bytes("1"), bytes("_"), bytes("."), bytes("foo"), bytes("foobar"), {(byte) 0xff}, {(byte) 0xc3}, {(byte) 0xe4, (byte) 0xb8}, {(byte) 0x80}
    };

    private static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static String expression(Random random, int depth) {
        StringBuilder out = new StringBuilder();
        int branches = depth > 0 && random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
        for (int b = 0; b < branches; b++) {
            if (b > 0) {
                out.append('|');
            }
            int parts = random.nextInt(4);
            for (int i = 0; i < parts; i++) {
                String atom;
                if (depth > 0 && random.nextInt(4) == 0) {
                    String open = random.nextBoolean() ? "(" : random.nextBoolean() ? "(?:" : "(?i:";
                    atom = open + expression(random, depth - 1) + ")";
                } else {
                    atom = ATOMS.get(random.nextInt(ATOMS.size()));
                }
                String repeat = atom.equals("(?i)") ? "" : REPEATS.get(random.nextInt(REPEATS.size()));
                out.append(atom).append(repeat);
            }
        }
        return out.toString();
    }

    private static byte[] text(Random random) {
        byte[] out = new byte[0];
        for (int i = random.nextInt(12); i > 0; i--) {
            byte[] piece = PIECES[random.nextInt(PIECES.length)];
            out = Arrays.copyOf(out, out.length + piece.length);
            System.arraycopy(piece, 0, out, out.length - piece.length, piece.length);
        }
        return out;
    }

    @Test
    void matchesAndGroupsAreThoseOfRe2j() {
        long seed = Long.getLong("seed", 20261101L);
        Random random = new Random(seed);
        for (int i = 0; i < 6000; i++) {
            String expression = expression(random, 3);
            Regex regex;
            Pattern judge;
            try {
                judge = Pattern.compile(expression);
            } catch (com.google.re2j.PatternSyntaxException bad) {
                continue;
            }
            regex = Regex.compile(expression);
            assertThat(regex.tree()).as("seed %d: %s has no tree", seed, expression).isNotNull();
            GroupMatcher groups = regex.matcher();
            for (int t = 0; t < 12; t++) {
                byte[] text = text(random);
                byte[] padded = new byte[text.length + 7];
                Arrays.fill(padded, (byte) 'a');
                System.arraycopy(text, 0, padded, 3, text.length);
                int[] places = Utf8.places(text, 0, text.length);
                Matcher m = judge.matcher(Utf8.toText(text, 0, text.length));
                boolean found = m.find();
                String where = "seed " + seed + ": " + expression + " on " + Arrays.toString(text) + " " + new String(text, StandardCharsets.UTF_8);
                assertThat(regex.find(padded, 3, 3 + text.length)).as(where).isEqualTo(found);
                assertThat(groups.find(padded, 3, 3 + text.length)).as(where).isEqualTo(found);
                if (found) {
                    assertThat(groups.start(0) - 3).as(where).isEqualTo(places[m.start()]);
                    assertThat(groups.end(0) - 3).as(where).isEqualTo(places[m.end()]);
                    for (int g = 1; g <= m.groupCount(); g++) {
                        assertThat(groups.start(g) < 0 ? -1 : groups.start(g) - 3).as(where + " group " + g).isEqualTo(m.start(g) < 0 ? -1 : places[m.start(g)]);
                    }
                    RequiredLiterals required = regex.required();
                    if (required != null) {
                        String s = Utf8.toText(text, 0, text.length);
                        String subject = required.fold() ? s.toLowerCase(java.util.Locale.ROOT).replace('ſ', 's') : s;
                        assertThat(required.texts()).as(where).anyMatch(subject::contains);
                    }
                }
            }
        }
    }
}
