package io.narfi.logql.pipeline;

import static io.narfi.logql.pipeline.Slices.equal;

import java.util.List;
import java.util.stream.Stream;

/** A condition on a line or on a label's value, as bytes. Safe from any thread. */
interface TextTest {
    boolean test(byte[] b, int from, int to);

    /** Whether everything passes. */
    default boolean isAlways() {
        return false;
    }

    /** Adds to {@code out} those of the candidates that pass. */
    default void match(PageText page, RowSet candidates, RowSet out) {
        int[] offsets = page.offsets;
        for (int row = candidates.next(candidates.start); row >= 0; row = candidates.next(row + 1)) {
            if (test(page.bytes, offsets[row], offsets[row + 1])) {
                out.add(row);
            }
        }
    }

    /** One of several, of which there is at least one, as Loki chains them: those that are always true are lost (§6.2). */
    static TextTest or(List<TextTest> tests) {
        // one list, as a chain of thousands within each other would need a deep stack
        List<TextTest> kept = tests.stream().filter(t -> !t.isAlways()).flatMap(TextTest::alternatives).toList();
        return kept.isEmpty() ? tests.getLast() : kept.size() == 1 ? kept.getFirst() : new Or(kept);
    }

    private static Stream<TextTest> alternatives(TextTest t) {
        return t instanceof Or or ? or.tests().stream() : Stream.of(t);
    }

    static TextTest not(TextTest t) {
        return t instanceof ConstantTest c ? (c == ConstantTest.TRUE ? ConstantTest.FALSE : ConstantTest.TRUE) : new Not(t);
    }

    /** Not empty. */
    record NonEmpty() implements TextTest {
        @Override
        public boolean test(byte[] b, int from, int to) {
            return to > from;
        }
    }

    /** Exactly these bytes. */
    record Equal(byte[] text) implements TextTest {
        @Override
        public boolean test(byte[] b, int from, int to) {
            return equal(b, from, to, text);
        }
    }

    /** The negation. */
    record Not(TextTest inner) implements TextTest {
        @Override
        public boolean test(byte[] b, int from, int to) {
            return !inner.test(b, from, to);
        }

        @Override
        public void match(PageText page, RowSet candidates, RowSet out) {
            RowSet matched = new RowSet(candidates.start, candidates.end);
            inner.match(page, candidates, matched);
            out.addAll(candidates.without(matched));
        }
    }

    /** One of several. */
    record Or(List<TextTest> tests) implements TextTest {
        @Override
        public boolean test(byte[] b, int from, int to) {
            for (TextTest t : tests) {
                if (t.test(b, from, to)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void match(PageText page, RowSet candidates, RowSet out) {
            RowSet open = candidates;
            for (TextTest t : tests) {
                RowSet matched = new RowSet(candidates.start, candidates.end);
                t.match(page, open, matched);
                out.addAll(matched);
                open = open.without(matched);
                if (open.isEmpty()) {
                    return;
                }
            }
        }
    }
}
