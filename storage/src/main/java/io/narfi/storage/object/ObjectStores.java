package io.narfi.storage.object;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;

/** Checks and exceptions that the stores have in common. */
public final class ObjectStores {
    private ObjectStores() {}

    /** @throws IllegalArgumentException if an argument of {@link ObjectStore#list} is out of its range */
    public static void checkList(String prefix, String after, int limit) {
        ObjectKeys.checkPrefix(prefix);
        ObjectKeys.checkPrefix(after);
        if (limit < 1 || limit > ObjectStore.MAX_LIST_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + " is not within 1 and " + ObjectStore.MAX_LIST_LIMIT);
        }
    }

    /** @throws IllegalArgumentException if an argument of {@link ObjectStore#getRange} is out of its range */
    public static void checkRange(String key, long offset, int length) {
        ObjectKeys.check(key);
        if (offset < 0 || length < 0 || offset + length < 0) {
            throw new IllegalArgumentException("bad range " + offset + "+" + length + " of " + key);
        }
    }

    /** @throws ObjectStoreException if a local file is not there or has not the length that the content says */
    public static void checkContent(String key, ObjectContent content) throws IOException {
        if (content instanceof ObjectContent.LocalFile(var path, var length)) {
            long size;
            try {
                size = Files.size(path);
            } catch (IOException e) {
                throw new ObjectStoreException("content of " + key + " cannot be read: " + e.getMessage(), e, false);
            }
            if (size != length) {
                throw new ObjectStoreException("content of " + key + " has " + size + " bytes, not " + length, null, false);
            }
        }
    }

    /** The object ends before the range does. */
    public static ObjectStoreException pastTheEnd(String key, long offset, int length, long size) {
        return new ObjectStoreException("range " + offset + "+" + length + " is past the end of " + key + ", which has " + size + " bytes", null, false);
    }

    /** The object is larger than the caller takes. */
    public static ObjectStoreException tooLarge(String key, long size, long maxBytes) {
        return new ObjectStoreException(key + " has " + size + " bytes, more than the " + maxBytes + " allowed", null, false);
    }

    /** Marks the thread as interrupted (again) and makes the exception that the call ends with. */
    public static InterruptedIOException interrupted(String what, Throwable cause) {
        Thread.currentThread().interrupt();
        InterruptedIOException e = new InterruptedIOException("interrupted: " + what);
        e.initCause(cause);
        return e;
    }

    /** Ends the call if the thread was interrupted before it, as a call that has to wait would. */
    public static void checkInterrupted(String what) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted: " + what);
        }
    }
}
