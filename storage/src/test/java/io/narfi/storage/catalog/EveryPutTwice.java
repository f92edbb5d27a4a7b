package io.narfi.storage.catalog;

import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.util.Collection;

/** A store whose own retry finds what its first try created, as after a time-out. */
record EveryPutTwice(ObjectStore store) implements ObjectStore {
    @Override
    public PutResult putIfAbsent(String key, ObjectContent content) throws IOException {
        store.putIfAbsent(key, content);
        return store.putIfAbsent(key, content);
    }

    @Override
    public void put(String key, ObjectContent content) throws IOException {
        store.put(key, content);
    }

    @Override
    public byte[] get(String key, long maxBytes) throws IOException {
        return store.get(key, maxBytes);
    }

    @Override
    public byte[] getRange(String key, long offset, int length) throws IOException {
        return store.getRange(key, offset, length);
    }

    @Override
    public Listing list(String prefix, String after, int limit) throws IOException {
        return store.list(prefix, after, limit);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        store.delete(keys);
    }

    @Override
    public void close() {
        store.close();
    }
}
