package io.narfi.storage.object;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * A bucket. Calls block (callers run on virtual threads), honour interruption, retry by themselves what is safe to retry within a
 * bounded budget, and are safe from any thread. Keys are relative: {@code segments/01ARZ…/00000001}, no leading slash, no empty part.
 *
 * <p>Errors: {@link ObjectNotFoundException} where a key is missing, {@link ObjectStoreException} for all else that the store or the way
 * to it did; its {@code retryable} tells whether the same call may succeed later.
 */
public interface ObjectStore extends AutoCloseable {
    /** What a create-if-absent found. */
    enum PutResult {
        CREATED,
        /** The key was there before this call, or an earlier try of this very call created it (an ambiguous outcome). */
        EXISTS
    }

    /** One row of a listing. */
    record ObjectInfo(String key, long size, long lastModifiedMillis) {}

    /** Rows in ascending byte order of keys; {@code truncated} when more follow the last one. */
    record Listing(List<ObjectInfo> objects, boolean truncated) {
        public Listing {
            objects = List.copyOf(objects);
        }
    }

    /** Creates an object; atomic: of any number of concurrent calls for a key exactly one creates it. Durable when it returns. */
    PutResult putIfAbsent(String key, ObjectContent content) throws IOException;

    /** Creates or replaces an object. Only for objects with one writer. */
    void put(String key, ObjectContent content) throws IOException;

    /** The whole object; refuses one that is larger than {@code maxBytes}. */
    byte[] get(String key, long maxBytes) throws IOException;

    /** Exactly {@code length} bytes from {@code offset}; less in the object is an {@link ObjectStoreException}. */
    byte[] getRange(String key, long offset, int length) throws IOException;

    /**
     * Keys with a prefix, strictly after {@code after} ("" from the start), at most {@code limit} (1 to 1000).
     */
    Listing list(String prefix, String after, int limit) throws IOException;

    /** Deletes; a key that is not there counts as deleted. Any number of keys. */
    void delete(Collection<String> keys) throws IOException;

    @Override
    void close();
}
