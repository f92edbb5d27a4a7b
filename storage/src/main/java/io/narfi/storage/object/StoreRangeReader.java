package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** Every read is a ranged GET. */
record StoreRangeReader(ObjectStore store, String key, long size) implements RangeReader {
    StoreRangeReader {
        requireNonNull(store, "store is null");
        requireNonNull(key, "key is null");
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        ObjectStores.checkRange(key, offset, length);
        if (offset + length > size) {
            throw ObjectStores.pastTheEnd(key, offset, length, size);
        }
        return store.getRange(key, offset, length);
    }
}
