package io.narfi.logql.pipeline;

/** Holds these bytes somewhere. */
final class ContainsTest implements TextTest {
    private final Needle needle;

    private ContainsTest(byte[] needle) {
        this.needle = new Needle(needle, false);
    }

    /** The test for a needle of any length. */
    static TextTest of(byte[] needle) {
        return needle.length == 0 ? ConstantTest.TRUE : new ContainsTest(needle);
    }

    @Override
    public boolean test(byte[] b, int from, int to) {
        return needle.indexOf(b, from, to) >= 0;
    }

    @Override
    public void match(PageText page, RowSet candidates, RowSet out) {
        page.find(needle, candidates, out);
    }
}
