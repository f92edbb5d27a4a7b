package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * A bucket. Calls block (callers run on virtual threads), honour interruption, retry by themselves what is safe to retry within a
 * bounded budget, and are safe from any thread. Keys are relative, {@code segments/01ARZ…/000000000001}, and obey {@link ObjectKeys};
 * no key may be another one's leading parts ({@code a} beside {@code a/b}), for a file system cannot hold both.
 *
 * <p>Errors: {@link ObjectNotFoundException} where a key is missing, {@link ObjectStoreException} for all else that the store or the way
 * to it did; its {@code retryable} tells whether the same call may succeed later. An interrupted call ends with {@link
 * java.io.InterruptedIOException} and leaves the thread's interrupt status set; what it was to write may or may not be there. A key
 * that breaks the rules is an {@link IllegalArgumentException}: keys are made by the program, not by users.
 */
public interface ObjectStore extends AutoCloseable {
    /** Rows of a listing, at most. */
    int MAX_LIST_LIMIT = 1000;

    /** What a create-if-absent found. */
    enum PutResult {
        CREATED,
        /** The key was there before this call, or an earlier try of this very call created it (an ambiguous outcome). */
        EXISTS
    }

    /** One row of a listing. */
    record ObjectInfo(String key, long size, long lastModifiedMillis) {
        public ObjectInfo {
            requireNonNull(key, "key is null");
        }
    }

    /**
     * Rows in ascending byte order of keys. {@code truncated} when more may follow the last one; a truncated listing has at least one
     * row, but may have fewer than were asked for.
     */
    record Listing(List<ObjectInfo> objects, boolean truncated) {
        public Listing {
            objects = List.copyOf(objects);
            if (truncated && objects.isEmpty()) {
                throw new IllegalArgumentException("a truncated listing without rows");
            }
        }
    }

    /** Creates an object; atomic: of any number of concurrent calls for a key exactly one creates it. Durable when it returns. */
    PutResult putIfAbsent(String key, ObjectContent content) throws IOException;

    /** Creates or replaces an object. Only for objects with one writer. */
    void put(String key, ObjectContent content) throws IOException;

    /** The whole object; refuses one that is larger than {@code maxBytes}. */
    byte[] get(String key, long maxBytes) throws IOException;

    /**
     * Exactly {@code length} bytes from {@code offset}; less in the object is an {@link ObjectStoreException}. A length of 0 gives an
     * empty array without asking the store.
     */
    byte[] getRange(String key, long offset, int length) throws IOException;

    /**
     * Keys with a prefix, strictly after {@code after} ("" from the start), at most {@code limit} (1 to {@value #MAX_LIST_LIMIT}).
     * Objects created before the call are in it, unless deleted.
     */
    Listing list(String prefix, String after, int limit) throws IOException;

    /**
     * Deletes; a key that is not there counts as deleted. Any number of keys. If it fails, some may be gone: call again.
     */
    void delete(Collection<String> keys) throws IOException;

    @Override
    void close();
}
