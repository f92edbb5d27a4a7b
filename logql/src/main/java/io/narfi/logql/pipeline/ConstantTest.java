package io.narfi.logql.pipeline;

/** Always or never. */
enum ConstantTest implements TextTest {
    TRUE,
    FALSE;

    @Override
    public boolean test(byte[] b, int from, int to) {
        return this == TRUE;
    }

    @Override
    public boolean isAlways() {
        return this == TRUE;
    }

    @Override
    public void match(PageText page, RowSet candidates, RowSet out) {
        if (this == TRUE) {
            out.addAll(candidates);
        }
    }
}
