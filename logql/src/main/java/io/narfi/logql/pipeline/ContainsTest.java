package io.narfi.logql.pipeline;

/** Holds these bytes somewhere. The needle is not empty. */
record ContainsTest(byte[] needle) implements TextTest {
    /** The test for a needle of any length. */
    static TextTest of(byte[] needle) {
        return needle.length == 0 ? ConstantTest.TRUE : new ContainsTest(needle);
    }

    @Override
    public boolean test(byte[] b, int from, int to) {
        return Slices.indexOf(b, from, to, needle) >= 0;
    }

    @Override
    public void match(PageText page, RowSet candidates, RowSet out) {
        page.find(needle, false, candidates, out);
    }
}
