package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.RangeReader;
import java.io.IOException;

/** Reads an object straight from the store. */
record StoredBlock(ObjectStore store, String key, long size) implements RangeReader {
    StoredBlock {
        requireNonNull(store, "store is null");
        requireNonNull(key, "key is null");
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        return store.getRange(key, offset, length);
    }
}
