package io.narfi.storage.object;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Random access to the bytes of one immutable object, straight from the store or through a cache. */
public interface RangeReader {
    /** The object's key, for messages. */
    String key();

    /** The object's size in bytes. */
    long size();

    /** Reads straight from the store. */
    static RangeReader of(ObjectStore store, String key, long size) {
        return new StoreRangeReader(store, key, size);
    }

    /** Exactly {@code length} bytes from {@code offset}. */
    byte[] read(long offset, int length) throws IOException;

    /** The same if it costs no more than a copy, because the bytes are in memory; else null. */
    default byte @Nullable [] readAtHand(long offset, int length) {
        return null;
    }
}
