package io.narfi.logql.pipeline;

import io.narfi.logql.ByteText;
import io.narfi.logql.Stage;
import io.narfi.logql.Stage.LineArgument;
import java.util.ArrayList;
import java.util.List;

/** Compiles line filters (§6.2). */
final class LineFilters {
    private LineFilters() {}

    /** What a line has to pass; always-true tests are left out by the caller. */
    static TextTest compile(Stage.LineFilter filter) {
        List<TextTest> tests = new ArrayList<>();
        List<LineArgument> arguments = filter.arguments();
        for (int i = 0; i < arguments.size(); i++) {
            boolean middle = i > 0 && i < arguments.size() - 1;
            if (!(arguments.get(i).ip() && middle && filter.op() == Stage.LineOp.CONTAINS)) {
                tests.add(argument(filter.op(), arguments.get(i), arguments.size() > 1));
            }
        }
        if (filter.op().negated()) {
            // none may pass, an always-true one included: no branch is lost here
            return tests.size() == 1 ? TextTest.not(tests.getFirst()) : new NoneOf(tests);
        }
        return TextTest.or(tests);
    }

    private static TextTest argument(Stage.LineOp op, LineArgument argument, boolean chained) {
        String text = argument.text();
        if (argument.ip()) {
            // in a chain of |= Loki takes the pattern for a plain text
            if (op == Stage.LineOp.NOT_CONTAINS || (op == Stage.LineOp.CONTAINS && !chained)) {
                return new IpTest(text);
            }
            if (!chained) {
                throw new StageException("ip: invalid operation");
            }
        }
        return switch (op) {
            case CONTAINS, NOT_CONTAINS -> ContainsTest.of(ByteText.toBytes(text));
            case REGEX, NOT_REGEX -> TextTests.ofLine(text);
            case PATTERN, NOT_PATTERN -> new PatternTest(text);
        };
    }

    /** Passes if no test does. */
    private record NoneOf(List<TextTest> tests) implements TextTest {
        @Override
        public boolean test(byte[] b, int from, int to) {
            for (TextTest t : tests) {
                if (t.test(b, from, to)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void match(PageText page, RowSet candidates, RowSet out) {
            RowSet open = candidates;
            for (TextTest t : tests) {
                RowSet matched = new RowSet(candidates.start, candidates.end);
                t.match(page, open, matched);
                open = open.without(matched);
            }
            out.addAll(open);
        }
    }
}
