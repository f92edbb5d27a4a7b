package io.narfi.querier.source;

import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.RangeReader;
import java.io.IOException;

/** Gives access to the bytes of objects, through a cache or straight. */
@FunctionalInterface
public interface RangeReaders {
    /** @param size bytes of the object */
    RangeReader reader(String key, long size);

    /** Straight from the store. */
    static RangeReaders of(ObjectStore store) {
        record Direct(ObjectStore store, String key, long size) implements RangeReader {
            @Override
            public byte[] read(long offset, int length) throws IOException {
                return store.getRange(key, offset, length);
            }
        }
        return (key, size) -> new Direct(store, key, size);
    }
}
