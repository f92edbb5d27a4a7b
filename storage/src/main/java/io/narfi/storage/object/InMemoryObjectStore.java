package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A bucket in memory with the semantics of the real ones, for tests and for experiments: bounded by a capacity, and full as a disk is
 * full. {@link FaultyObjectStore} around it adds faults. One lock guards the map; bytes are copied in and out, outside of it.
 */
public final class InMemoryObjectStore implements ObjectStore {
    private static final long DEFAULT_CAPACITY_BYTES = 512L << 20;

    private static final class StoredObject {
        final byte[] bytes;
        final long modifiedMillis;

        StoredObject(byte[] bytes, long modifiedMillis) {
            this.bytes = bytes;
            this.modifiedMillis = modifiedMillis;
        }
    }

    private final long capacityBytes;
    private final InstantSource clock;
    private final NavigableMap<String, StoredObject> objects = new TreeMap<>();
    private long usedBytes;

    /** A store of 512 MiB on the system's clock. */
    public InMemoryObjectStore() {
        this(DEFAULT_CAPACITY_BYTES, InstantSource.system());
    }

    /**
     * @param capacityBytes bytes of all objects together, keys not counted
     * @param clock gives the times of last modification
     */
    public InMemoryObjectStore(long capacityBytes, InstantSource clock) {
        if (capacityBytes < 0) {
            throw new IllegalArgumentException("negative capacity: " + capacityBytes);
        }
        this.capacityBytes = capacityBytes;
        this.clock = requireNonNull(clock, "clock is null");
    }

    @Override
    public PutResult putIfAbsent(String key, ObjectContent content) throws IOException {
        ObjectKeys.check(key);
        return store(key, read(key, content), false);
    }

    @Override
    public void put(String key, ObjectContent content) throws IOException {
        ObjectKeys.check(key);
        store(key, read(key, content), true);
    }

    private PutResult store(String key, byte[] bytes, boolean replace) throws IOException {
        StoredObject created = new StoredObject(bytes, clock.millis());
        synchronized (objects) {
            StoredObject old = objects.get(key);
            if (old != null && !replace) {
                return PutResult.EXISTS;
            }
            refuseNesting(key);
            long used = usedBytes - (old == null ? 0 : old.bytes.length) + bytes.length;
            if (used > capacityBytes) {
                throw new ObjectStoreException("no space for " + key + ": " + used + " bytes, capacity " + capacityBytes, null, true);
            }
            objects.put(key, created);
            usedBytes = used;
            return PutResult.CREATED;
        }
    }

    private void refuseNesting(String key) throws ObjectStoreException {
        String below = objects.ceilingKey(key + "/");
        if (below != null && below.startsWith(key + "/")) {
            throw new ObjectStoreException(key + " is the folder of " + below, null, false);
        }
        for (int slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
            if (objects.containsKey(key.substring(0, slash))) {
                throw new ObjectStoreException(key + " is below the object " + key.substring(0, slash), null, false);
            }
        }
    }

    @Override
    public byte[] get(String key, long maxBytes) throws IOException {
        byte[] bytes = find(key);
        if (bytes.length > maxBytes) {
            throw ObjectStores.tooLarge(key, bytes.length, maxBytes);
        }
        return bytes.clone();
    }

    @Override
    public byte[] getRange(String key, long offset, int length) throws IOException {
        ObjectStores.checkRange(key, offset, length);
        if (length == 0) {
            return new byte[0];
        }
        byte[] bytes = find(key);
        if (offset + length > bytes.length) {
            throw ObjectStores.pastTheEnd(key, offset, length, bytes.length);
        }
        return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
    }

    private byte[] find(String key) throws IOException {
        ObjectKeys.check(key);
        ObjectStores.checkInterrupted(key);
        synchronized (objects) {
            StoredObject found = objects.get(key);
            if (found == null) {
                throw new ObjectNotFoundException(key);
            }
            return found.bytes;
        }
    }

    @Override
    public Listing list(String prefix, String after, int limit) throws IOException {
        ObjectStores.checkList(prefix, after, limit);
        ObjectStores.checkInterrupted(prefix);
        List<ObjectInfo> rows = new ArrayList<>();
        synchronized (objects) {
            boolean startsAtPrefix = after.compareTo(prefix) < 0;
            for (var e : objects.tailMap(startsAtPrefix ? prefix : after, startsAtPrefix).entrySet()) {
                if (!e.getKey().startsWith(prefix)) {
                    break;
                }
                if (rows.size() == limit) {
                    return new Listing(rows, true);
                }
                rows.add(new ObjectInfo(e.getKey(), e.getValue().bytes.length, e.getValue().modifiedMillis));
            }
        }
        return new Listing(rows, false);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        keys.forEach(ObjectKeys::check);
        ObjectStores.checkInterrupted("delete");
        synchronized (objects) {
            for (String key : keys) {
                StoredObject old = objects.remove(key);
                if (old != null) {
                    usedBytes -= old.bytes.length;
                }
            }
        }
    }

    /** Bytes of all objects together. */
    public long usedBytes() {
        synchronized (objects) {
            return usedBytes;
        }
    }

    /** How many objects there are. */
    public int size() {
        synchronized (objects) {
            return objects.size();
        }
    }

    @Override
    public void close() {
        // The objects stay readable, as a bucket's do: a test may look at what a closed service left.
    }

    private static byte[] read(String key, ObjectContent content) throws IOException {
        ObjectStores.checkInterrupted(key);
        ObjectStores.checkContent(key, content);
        try (InputStream in = content.newStream()) {
            byte[] bytes = in.readNBytes(Math.toIntExact(content.length()));
            if (bytes.length != content.length()) {
                throw new ObjectStoreException("content of " + key + " ended after " + bytes.length + " of " + content.length() + " bytes", null, false);
            }
            return bytes;
        }
    }
}
