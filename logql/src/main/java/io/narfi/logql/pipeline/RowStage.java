package io.narfi.logql.pipeline;

/** A stage that runs entry by entry, bound to one stream; for one thread. */
@FunctionalInterface
interface RowStage {
    /** Changes the entry in the builder; false drops it. */
    boolean run(LabelBuilder entry);

    /** A compiled stage. Safe from any thread. */
    @FunctionalInterface
    interface Factory {
        RowStage bind(LabelBuilder builder);
    }
}
