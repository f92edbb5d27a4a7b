package io.narfi.storage;

import io.narfi.common.EntryBatch;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads batches of one stream, one after the other; for one thread. A batch stays valid after the next call. */
public interface BatchCursor extends AutoCloseable {
    /** The next batch, never empty, or null at the end. */
    @Nullable EntryBatch next() throws IOException;

    @Override
    void close();
}
