package io.narfi.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract's examples (logql.md §1 to 3, 12) and the parser's own bounds. */
class LogQlTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "{t='xy'} ~ parse error at line 1, col 4: invalid char literal",
                "{t=\"x\"} | logfmt | a>08 ~ parse error at line 1, col 22: invalid digit '8' in octal literal",
                "{t=\"x\"} | a >0B ~ parse error at line 1, col 14: binary literal has no digits",
                "{t=\"x\"} | a > 0B ~ parse error at line 1, col 15: decimal literal has no digits",
                "{t=\"x\"} | a > 1e ~ parse error at line 1, col 15: exponent has no digits",
                "{t=\"x\"} | a > 5E ~ parse error at line 1, col 15: exponent has no digits",
                "{t=\"x\"} | a > 1__0 ~ parse error at line 1, col 15: '_' must separate successive digits",
                "{t=\"x\"} /* open ~ parse error at line 1, col 9: comment not terminated",
                "{t=\"x\"} | a > 5kb ~ parse error at line 1, col 18: syntax error: unexpected $end",
                "0x10 ~ parse error : unable to parse literal as a float: strconv.ParseFloat: parsing \"0x10\": invalid syntax",
                "--1 ~ parse error at line 1, col 2: syntax error: unexpected -, expecting NUMBER",
                "vector(-1) ~ parse error at line 1, col 8: syntax error: unexpected -, expecting NUMBER",
                "topk(1.0, vector(1)) ~ parse error : invalid parameter topk(1.0,",
                "topk(0, vector(1)) ~ parse error : invalid parameter (must be greater than 0) topk(0",
                "sort(vector(1)) by (a) ~ parse error : sort and sort_desc doesn't allow grouping by",
                "approx_topk by (a) (1, vector(1)) ~ parse error : grouping not allowed for approx_topk aggregation",
                "{t=\"x\"} | logfmt | count by (x)=\"1\" ~ parse error at line 1, col 20: syntax error: unexpected COUNT",
                "rate({t=\"x\"}[5m] offset -1d) ~ parse error at line 1, col 25: syntax error: unexpected -, expecting DURATION",
                "{t=\"\\400\"} ~ parse error at line 1, col 4: invalid syntax",
            })
    void refuses(String query, String text) {
        assertThatThrownBy(() -> LogQl.parse(query))
                .isInstanceOf(ParseException.class)
                .satisfies(e -> assertThat(((ParseException) e).text().strip()).isEqualTo(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\u0001',
            value = {
                "-2^2 ~ 4",
                "2^-1 ~ 0.5",
                "2^3^2 ~ 512",
                "1_000 ~ 1000",
                "010 ~ 10",
                "1 > 2 ~ 0",
                "-5 % 3 ~ -2",
                "SUM(vector(1)) BY (a) ~ sum by (a)(vector(1.000000))",
                "{t=\"x\"} | count=\"1\" ~ {t=\"x\"} | count=\"1\"",
                "{t=\"x\"} | logfmt | a<0x10 ~ {t=\"x\"} | logfmt | a<0",
                "{t=\"x\"} | a=1,b=2 or c=3 ~ {t=\"x\"} | ( a==1 , ( b==2 or c==3 ) )",
                "{t=\"x\"} | a=1 or b=2,c=3 ~ {t=\"x\"} | ( a==1 or ( b==2 , c==3 ) )",
                "{t=\"x\"} | a=1 and b=2,c=3 or d=4 ~ {t=\"x\"} | ( a==1 , ( b==2 , ( c==3 or d==4 ) ) )",
                "rate(({t=\"x\"})[5m] offset -24h) ~ rate({t=\"x\"}[5m] offset -24h0m0s)",
                "rate({t=\"x\"}[5m] offset 1.5h) ~ rate({t=\"x\"}[5m] offset 1h30m0s)",
                "{t=\"x\"} |= \"\\xff\\u00e9\" ~ {t=\"x\"} |= \"\\xff\u00e9\"",
                "{a!=\"\"} ~ {a!=\"\"}",
            })
    void reads(String query, String canonical) {
        assertThat(LogQl.parse(query).canonical()).isEqualTo(canonical);
    }

    @Test
    void commentsDoNotHideACall() {
        assertThat(LogQl.parse("sum (vector(1)) # c\n + /* d */ 1 // e").canonical()).isEqualTo("(sum(vector(1.000000)) + 1)");
        assertThatThrownBy(() -> LogQl.parse("sum # c\n (vector(1))"))
                .hasMessage("parse error at line 1, col 1: syntax error: unexpected IDENTIFIER");
    }

    @Test
    void boundsTheLengthOfAQuery() {
        String longest = "{a=\"" + "x".repeat(LogQl.MAX_LENGTH - 7) + "\"}";
        assertThat(LogQl.parse(longest)).isInstanceOf(LogExpr.class);
        assertThatThrownBy(() -> LogQl.parse(longest + " ")).hasMessage("parse error : input size too long (131072 > 131072)");
    }

    @Test
    void boundsNesting() {
        assertThatThrownBy(() -> LogQl.parse("(".repeat(100_000))).hasMessageContaining("nested too deeply, more than 10000 open");
        assertThatThrownBy(() -> LogQl.parse("vector(1)" + "+vector(1)".repeat(TreeBuilder.MAX_DEPTH + 1)))
                .hasMessage("parse error : the query is nested too deeply, more than 300 levels");
        assertThatThrownBy(() -> LogQl.parse("{a=\"b\"} | c=1" + " or c=1".repeat(TreeBuilder.MAX_DEPTH + 1)))
                .hasMessage("parse error : the query is nested too deeply, more than 300 levels");
    }

    @Test
    void whatIsNotTooDeepFitsAThreadsStack() throws Exception {
        FutureTask<String> walk = new FutureTask<>(() -> {
            Expr deep = LogQl.parse("vector(1)" + "+vector(1)".repeat(TreeBuilder.MAX_DEPTH - 1));
            assertThat(LogQl.parse(deep.canonical())).isEqualTo(deep);
            return PrettyPrinter.print(deep);
        });
        Thread thread = new Thread(null, walk, "walk", 1024 * 1024);
        thread.start();
        assertThat(walk.get()).isNotEmpty();
    }

    @Test
    void labelRegexesThatStayPrintInBackticks() {
        for (String text : List.of("{a=\"b\"} | c!~`fo+`", "{a=\"b\"} | c!~\"fo+`\"", "{a=\"b\"} | c=~\"foo.*\"")) {
            assertThat(LogQl.parse(text).canonical()).isEqualTo(text);
        }
        assertThat(LogQl.parse("{a=\"b\"} | c=~\"fo+\"").canonical()).isEqualTo("{a=\"b\"} | c=~`fo+`");
    }

    @Test
    void regularExpressionsAreBounded() {
        String deep = "(".repeat(20_000) + "a" + ")".repeat(20_000);
        for (String query : List.of(
                "{a=~\"" + deep + "\"}",
                "{a=\"b\"} | c=~\"" + deep + "\"",
                "{a=\"b\"} | regexp \"(?P<n>" + deep + ")\"",
                "label_replace(rate({a=\"b\"}[1m]),\"c\",\"d\",\"e\",\"" + deep + "\")")) {
            assertThatThrownBy(() -> LogQl.parse(query)).isInstanceOf(ParseException.class).hasMessageContaining("expression nests too deeply");
        }
    }

    /** Random damage to real queries: an answer or a clean refusal, always. */
    @Test
    void survivesDamage() {
        List<List<String>> corpus = Corpus.read("accepted.tsv");
        String inserts = "(){}[]|=!~<>\"`'\\,.+-*/%^#0159msKB \n\u00e9orand";
        for (long seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            StringBuilder query = new StringBuilder(corpus.get(random.nextInt(corpus.size())).get(1));
            for (int i = 1 + random.nextInt(4); i > 0 && !query.isEmpty(); i--) {
                int at = random.nextInt(query.length());
                switch (random.nextInt(4)) {
                    case 0 -> query.deleteCharAt(at);
                    case 1 -> query.insert(at, inserts.charAt(random.nextInt(inserts.length())));
                    case 2 -> query.setLength(at);
                    default -> query.insert(at, query.substring(at, Math.min(query.length(), at + random.nextInt(20))));
                }
            }
            try {
                assertThat(LogQl.parse(query.toString()).canonical()).isNotEmpty();
            } catch (ParseException e) {
                assertThat(e.text()).as("seed %d: %s", seed, query).startsWith("parse error");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ": " + query, e);
            }
        }
    }

    @Test
    void bytesThatAreNoTextSurvive() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < 256; i++) {
            bytes[i] = (byte) i;
        }
        assertThat(ByteText.toBytes(ByteText.fromBytes(bytes))).isEqualTo(bytes);
        LogExpr log = (LogExpr) LogQl.parse("{a=\"b\"} |= \"\\xe2\\x82\\xac\\377\"");
        Stage.LineFilter filter = (Stage.LineFilter) log.stages().getFirst();
        assertThat(ByteText.toBytes(filter.arguments().getFirst().text())).isEqualTo(new byte[] {(byte) 0xe2, (byte) 0x82, (byte) 0xac, -1});
        assertThat(LogQl.parse(log.canonical())).isEqualTo(log);
    }
}
