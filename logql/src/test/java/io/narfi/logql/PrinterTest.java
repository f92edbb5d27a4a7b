package io.narfi.logql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrinterTest {
    @Test
    void whatIsPrintedParsesToTheSameTree() {
        for (long seed = 0; seed < 2_000; seed++) {
            Expr expr = new RandomQueries(seed).expr();
            String canonical = expr.canonical();
            assertThat(LogQl.parse(canonical)).as("seed %d: %s", seed, canonical).isEqualTo(expr);
            String pretty = PrettyPrinter.print(expr);
            assertThat(LogQl.parse(pretty)).as("seed %d: %s", seed, pretty).isEqualTo(expr);
        }
    }
}
