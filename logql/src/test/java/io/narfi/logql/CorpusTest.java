package io.narfi.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** Replays what a real Loki answered to queries that it refused, took, or formatted. */
class CorpusTest {
    /** Loki passes the query on between its processes in a quoted form that its own parser refuses; here it just runs. */
    private static final Map<String, String> LOKIS_OWN_BUGS = Map.of("errors-204", "label name outside ASCII", "errors-205", "the same");

    @Test
    void refusesWithLokisText() {
        SoftAssertions softly = new SoftAssertions();
        for (List<String> row : Corpus.read("rejected.tsv")) {
            if (LOKIS_OWN_BUGS.containsKey(row.get(0))) {
                assertThat(LogQl.parse(row.get(1))).isNotNull();
                continue;
            }
            ParseException e = catchThrowableOfType(ParseException.class, () -> LogQl.parse(row.get(1)));
            softly.assertThat(e == null ? "accepted" : e.text()).as(row.get(0) + " " + row.get(1)).isEqualTo(row.get(2));
        }
        softly.assertAll();
    }

    @Test
    void takesWhatLokiTakesAndPrintsItBack() {
        SoftAssertions softly = new SoftAssertions();
        for (List<String> row : Corpus.read("accepted.tsv")) {
            softly.assertThatCode(() -> {
                        Expr expr = LogQl.parse(row.get(1));
                        String text = expr.canonical();
                        if (text.contains("NaN")) {
                            return; // 1/0 folds to a number that has no text
                        }
                        Expr again = LogQl.parse(text);
                        assertThat(again.canonical()).isEqualTo(text);
                        if (!row.get(1).matches("(?s).*\\d(B|kB|KB|KiB|MB|GB|MiB|GiB|k|K|M|Ki|Mi|G).*")) {
                            assertThat(again).isEqualTo(expr);
                        }
                        assertThat(LogQl.parse(PrettyPrinter.print(expr)).canonical()).isEqualTo(text);
                    })
                    .as(row.get(0) + " " + row.get(1))
                    .doesNotThrowAnyException();
        }
        softly.assertAll();
    }

    @Test
    void formatsAsLokiDoes() {
        SoftAssertions softly = new SoftAssertions();
        for (List<String> row : Corpus.read("formatted.tsv")) {
            String text;
            try {
                text = PrettyPrinter.print(LogQl.parse(row.get(1)));
            } catch (ParseException e) {
                text = e.text();
            }
            softly.assertThat(text).as(row.get(0) + " " + row.get(1)).isEqualTo(row.get(2));
        }
        softly.assertAll();
    }
}
