package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Limits;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LineLevelsTest {
    private final LineLevels levels = new LineLevels(Limits.defaults().logLevelFields(), 2);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "ERROR: boom|error",
        "[warn] x|warn",
        "level.error|unknown",
        "<info>|unknown",
        "misc:error|unknown",
        "x error|error",
        "an error, info|error",
        "info error|info",
        "err!|error",
        "errors|unknown",
        "Warning]|warn",
        "{error}|error",
        "x=err|error",
        "CRITICAL|critical",
        "~ \ttrace\n~|trace",
        "~~|unknown",
        "~  ~|unknown",
        "trc|unknown",
        // logfmt
        "level=warn b|warn",
        "ts=1 LEVEL=Wrn msg=x|warn",
        "level=banana|unknown",
        "level=banana error|error",
        "WARNING: level=info|info",
        "severity=CRITICAL|critical",
        "lvl=debug level=error|error",
        "severity=info lvl=debug|info",
        "msg=\"a level=error b\" level=debug|debug",
        "msg=\"a \\\" level=error\" lvl=dbg|debug",
        "msg=\"open level=error|error",
        "level=\"information\"|info",
        "level= x error|error",
        "log.level=fatal|fatal",
        "levels=error|error",
        "xlevel=error|error",
        "a=b=c level=warn|warn",
        // JSON
        "{\"level\":\"error\"}|error",
        "~  {\"level\" : \"WRN\" } ~|warn",
        "{\"msg\":\"x\",\"Severity\":\"Fatal\"}|fatal",
        "{\"lvl\":\"info\",\"level\":\"error\"}|info",
        "{\"level\":3,\"lvl\":\"debug\"}|debug",
        "{\"a\":{\"level\":\"debug\"}}|debug",
        "{\"a\":{\"b\":{\"level\":\"dbg\"}}}|unknown",
        "{\"a\":[{\"level\":\"debug\"}],\"lvl\":\"trace\"}|trace",
        "{\"level\":\"banana\"}|unknown",
        "{\"level\":\"banana\",\"lvl\":\"info\"}|info",
        "{\"x\":\"level\",\"y\":\"info\"}|info",
        "{\"msg\":\"a \\\"level\\\":\\\"error\\\" b\",\"lvl\":\"debug\"}|debug",
        "{\"lEvEl\":\"debug\"}|debug",
        "{\"level\":\"error\"} x|error",
        "{\"level\":\"warn|warn",
        "{}|unknown",
        "}|unknown",
        "{|unknown",
    })
    void examples(String line, String level) {
        assertThat(find(line)).as(line).isEqualTo(level);
    }

    @Test
    void depthCanBeUnlimited() {
        String line = "{\"a\":{\"b\":{\"c\":{\"level\":\"dbg\"}}}}";
        List<String> names = List.of("level");
        assertThat(new LineLevels(names, 0).find(line.getBytes(UTF_8), 0, line.length())).isEqualTo("debug");
        assertThat(new LineLevels(names, 3).find(line.getBytes(UTF_8), 0, line.length())).isEqualTo("unknown");
        assertThat(new LineLevels(names, 4).find(line.getBytes(UTF_8), 0, line.length())).isEqualTo("debug");
    }

    @Test
    void onlyTheLineIsLookedAt() {
        byte[] bytes = "error x info".getBytes(UTF_8);
        assertThat(levels.find(bytes, 6, 1)).isEqualTo("unknown");
        assertThat(levels.find(bytes, 2, 3)).isEqualTo("unknown");
        assertThat(levels.find(bytes, 8, 4)).isEqualTo("info");
    }

    /** The scan for keywords against the contract's words, written as plainly as possible. */
    @Test
    void keywordsAgreeWithAPlainSearch() {
        String[] pieces = {
            "trace", "debug", "fatal", "critical", "error", "err", "warning", "warn", "info", " ", "\t", "[", "]", "(", ")", "{", "}", ":", ",",
            "!", "\"", ".", "x", "/", "\n", "ERR", "Info", "E", "war"
        };
        for (long seed = 0; seed < 50_000; seed++) {
            Random random = new Random(seed);
            StringBuilder line = new StringBuilder();
            for (int i = random.nextInt(7); i > 0; i--) {
                line.append(pieces[random.nextInt(pieces.length)]);
            }
            String text = line.toString();
            if (!text.strip().startsWith("{")) {
                assertThat(find(text)).as("seed %d: %s", seed, text).isEqualTo(plainSearch(text));
            }
        }
    }

    @Test
    void nothingBreaksIt() {
        String alphabet = "{}[]:,\"\\ =levlLEV\u0000\u00e9\n";
        for (long seed = 0; seed < 50_000; seed++) {
            Random random = new Random(seed);
            StringBuilder line = new StringBuilder(random.nextBoolean() ? "{" : "");
            for (int i = random.nextInt(40); i > 0; i--) {
                line.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            line.append(random.nextBoolean() ? "}" : "");
            assertThat(find(line.toString())).as("seed %d", seed).isNotEmpty();
        }
        assertThat(find("{\"a\":".repeat(100) + "}")).isEqualTo("unknown");
    }

    private String find(String line) {
        byte[] bytes = ("error " + line + " error").getBytes(UTF_8);
        return levels.find(bytes, 6, bytes.length - 12);
    }

    private static String plainSearch(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        int best = Integer.MAX_VALUE;
        String level = "unknown";
        for (String word : List.of("trace", "debug", "fatal", "critical", "error", "err", "warning", "warn", "info")) {
            for (int at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
                boolean left = at == 0 || " \t\n[({\"=".indexOf(lower.charAt(at - 1)) >= 0;
                int end = at + word.length();
                boolean right = end == lower.length() || " \t\n[](){}:,!\"=".indexOf(lower.charAt(end)) >= 0;
                if (left && right && at < best) {
                    best = at;
                    level = word.equals("err") ? "error" : word.equals("warning") ? "warn" : word;
                }
            }
        }
        return level;
    }
}
