package io.narfi.storage;

import java.io.IOException;
import java.util.List;

/** One immutable object that holds rows: a segment or a block. Safe from any thread. */
public interface RowSource {
    /** The object's key. */
    String key();

    /** The selected streams, in ascending unsigned order of their stable hashes, ties by labels. */
    List<StreamSlice> select(Selection selection) throws IOException;
}
