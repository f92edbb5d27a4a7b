package io.narfi.logql.pipeline;

/** A label filter on one label. Safe from any thread. */
interface LabelTest {
    /** The label's name. */
    String label();

    /** @param name {@link #label()} as the entry's stream knows it */
    boolean test(LabelBuilder entry, Name name);
}
