package io.narfi.storage.cache;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.object.ObjectKeys;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStoreException;
import io.narfi.storage.object.ObjectStores;
import io.narfi.storage.object.RangeReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads immutable objects through local copies; the package description says how they are kept.
 *
 * <p>Who misses a piece fetches it, and all who want it meanwhile wait for that one fetch. A reader first fetches what it has taken on
 * itself, neighbouring pieces in one GET, and only then waits for others, so that no two wait for each other. If a fetch ends because its
 * reader was interrupted, those who waited for it fetch for themselves: one cancelled query never fails another. An error of the store is
 * everybody's.
 *
 * <p>Safe from any thread. Memory: besides the bounded tier, each read in flight holds up to three times its bytes for a moment.
 */
public final class CachedObjects implements AutoCloseable {
    /** The largest object that {@link #whole} takes. */
    public static final int MAX_WHOLE_BYTES = 16 << 20;

    /** One GET asks for at most so many bytes. */
    private static final int MAX_FETCH_BYTES = 16 << 20;

    /** A single entry may take at most this part of the memory tier. */
    private static final int MEMORY_SHARE = 16;

    /** After so many fetches by others that were cancelled, a reader asks the store itself. */
    private static final int MAX_JOINS = 3;

    private final ObjectStore store;
    private final int pieceBytes;
    private final long maxMemoryEntry;
    private final CacheMetrics metrics;
    private final Cache<Piece.Id, byte[]> memory;
    private final @Nullable DiskTier disk;
    private final Map<Piece.Id, CompletableFuture<byte[]>> inFlight = new ConcurrentHashMap<>();

    /** @throws IOException if the folder cannot be made or read, or is another process's */
    public CachedObjects(ObjectStore store, CacheConfig config, MeterRegistry registry) throws IOException {
        this.store = requireNonNull(store, "store is null");
        this.pieceBytes = config.pieceBytes();
        this.maxMemoryEntry = config.maxMemoryBytes() / MEMORY_SHARE;
        this.metrics = new CacheMetrics(registry);
        this.memory = Caffeine.newBuilder()
                .maximumWeight(config.maxMemoryBytes())
                .weigher((Piece.Id id, byte[] bytes) -> bytes.length)
                .executor(Runnable::run)
                .evictionListener((Piece.@Nullable Id id, byte @Nullable [] bytes, RemovalCause cause) -> metrics.memoryEvictions.increment())
                .build();
        this.disk = config.folder() == null || config.maxDiskBytes() == 0 ? null : new DiskTier(config.folder(), config.maxDiskBytes(), metrics.disk);
        registry.gauge("narfi_cache_memory_bytes", this, CachedObjects::memoryBytes);
        registry.gauge("narfi_cache_disk_bytes", this, CachedObjects::diskBytes);
        registry.gauge("narfi_cache_disk_max_bytes", this, c -> c.disk == null ? 0 : c.disk.maxBytes());
    }

    /** A reader of an object of this size in bytes. Costs nothing; asks nobody. */
    public RangeReader reader(String key, long size) {
        ObjectKeys.check(key);
        if (size < 0 || size / pieceBytes >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException("size " + size + " of " + key);
        }
        return new CachedReader(key, size, Piece.objectId(key));
    }

    /**
     * A whole object of at most {@link #MAX_WHOLE_BYTES}, which every reader reads as a whole. The array is shared: nobody may change it.
     */
    public byte[] whole(String key, long size) throws IOException {
        ObjectKeys.check(key);
        if (size < 0 || size > MAX_WHOLE_BYTES) {
            throw new IllegalArgumentException("size " + size + " of " + key + ", at most " + MAX_WHOLE_BYTES);
        }
        if (size == 0) {
            return new byte[0];
        }
        Piece piece = Piece.whole(key, (int) size);
        return requireNonNull(pieces(List.of(piece)).get(piece.id()));
    }

    /** Forgets an object that was deleted. Reads that run may bring pieces back; they only take room. */
    public void invalidate(String key) {
        Piece.Id object = Piece.objectId(key);
        memory.asMap().keySet().removeIf(object::isOf);
        if (disk != null) {
            disk.invalidate(object);
        }
    }

    /** Bytes in memory now. */
    public long memoryBytes() {
        return memory.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    /** Bytes of files now. */
    public long diskBytes() {
        return disk == null ? 0 : disk.bytes();
    }

    /** Gives the folder up; the copies stay for the next process. */
    @Override
    public void close() {
        if (disk != null) {
            disk.close();
        }
    }

    private final class CachedReader implements RangeReader {
        private final String key;
        private final long size;
        private final Piece.Id object;

        CachedReader(String key, long size, Piece.Id object) {
            this.key = key;
            this.size = size;
            this.object = object;
        }

        @Override
        public String key() {
            return key;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public byte @Nullable [] readAtHand(long offset, int length) {
            if (length <= 0 || offset < 0 || offset > size - length) {
                return null;
            }
            int number = (int) (offset / pieceBytes);
            if ((offset + length - 1) / pieceBytes != number) {
                return null;
            }
            Piece piece = Piece.of(object, key, size, number, pieceBytes);
            byte[] bytes = memory.getIfPresent(piece.id());
            if (bytes == null || bytes.length != piece.length()) {
                return null;
            }
            metrics.memoryHits.increment();
            int from = (int) (offset - piece.offset());
            return Arrays.copyOfRange(bytes, from, from + length);
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            ObjectStores.checkRange(key, offset, length);
            if (length == 0) {
                return new byte[0];
            }
            if (offset + length > size) {
                throw ObjectStores.pastTheEnd(key, offset, length, size);
            }
            // The usual read of a warm cache, without any collection.
            byte[] atHand = readAtHand(offset, length);
            if (atHand != null) {
                return atHand;
            }
            int first = (int) (offset / pieceBytes);
            int last = (int) ((offset + length - 1) / pieceBytes);
            List<Piece> wanted = new ArrayList<>(last - first + 1);
            for (int number = first; number <= last; number++) {
                wanted.add(Piece.of(object, key, size, number, pieceBytes));
            }
            Map<Piece.Id, byte[]> found = pieces(wanted);
            byte[] result = new byte[length];
            for (Piece piece : wanted) {
                long from = Math.max(offset, piece.offset());
                long to = Math.min(offset + length, piece.end());
                byte[] bytes = requireNonNull(found.get(piece.id()));
                System.arraycopy(bytes, (int) (from - piece.offset()), result, (int) (from - offset), (int) (to - from));
            }
            return result;
        }
    }

    /** A piece that this thread has taken on itself to fetch, and where others wait for it; null if another fetches it, too. */
    private record Taken(Piece piece, @Nullable CompletableFuture<byte[]> future) {}

    /** All the pieces, which lie in one object in ascending order. */
    private Map<Piece.Id, byte[]> pieces(List<Piece> wanted) throws IOException {
        Map<Piece.Id, byte[]> found = HashMap.newHashMap(wanted.size());
        List<Piece> left = wanted;
        for (int round = 0; !left.isEmpty(); round++) {
            List<Taken> mine = new ArrayList<>();
            Map<Piece, CompletableFuture<byte[]>> others = new LinkedHashMap<>();
            for (Piece piece : left) {
                byte[] local = local(piece);
                if (local != null) {
                    found.put(piece.id(), local);
                    continue;
                }
                CompletableFuture<byte[]> future = new CompletableFuture<>();
                CompletableFuture<byte[]> running = inFlight.putIfAbsent(piece.id(), future);
                if (running == null) {
                    mine.add(new Taken(piece, future));
                } else if (round == MAX_JOINS) {
                    mine.add(new Taken(piece, null));
                } else {
                    others.put(piece, running);
                }
            }
            fetch(mine, found);
            left = join(others, found);
        }
        return found;
    }

    private byte @Nullable [] local(Piece piece) {
        byte[] bytes = memory.getIfPresent(piece.id());
        if (bytes != null && bytes.length == piece.length()) {
            metrics.memoryHits.increment();
            return bytes;
        }
        if (disk == null) {
            return null;
        }
        bytes = disk.read(piece);
        if (bytes != null) {
            metrics.diskHits.increment();
            keepInMemory(piece, bytes);
        }
        return bytes;
    }

    private void keepInMemory(Piece piece, byte[] bytes) {
        if (bytes.length <= maxMemoryEntry) {
            memory.put(piece.id(), bytes);
        }
    }

    /** Fetches what this thread has taken on; whatever happens, none of it stays in flight. */
    private void fetch(List<Taken> mine, Map<Piece.Id, byte[]> found) throws IOException {
        int done = 0;
        try {
            while (done < mine.size()) {
                // Between the look and the taking on, another reader may have finished.
                byte[] arrived = local(mine.get(done).piece());
                if (arrived != null) {
                    deliver(mine.get(done), arrived, found);
                    end(mine.get(done++));
                    continue;
                }
                int end = endOfRun(mine, done);
                long start = mine.get(done).piece().offset();
                byte[] bytes = store.getRange(mine.get(done).piece().key(), start, (int) (mine.get(end - 1).piece().end() - start));
                metrics.fetches.increment();
                metrics.fetchedBytes.increment(bytes.length);
                for (; done < end; done++) {
                    Piece piece = mine.get(done).piece();
                    int from = (int) (piece.offset() - start);
                    byte[] part = piece.length() == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, from + piece.length());
                    metrics.misses.increment();
                    keepInMemory(piece, part);
                    deliver(mine.get(done), part, found);
                    if (disk != null) {
                        disk.write(piece, part);
                    }
                    end(mine.get(done));
                }
            }
        } catch (ObjectStoreException e) {
            for (Taken taken : mine.subList(done, mine.size())) {
                if (taken.future() != null) {
                    taken.future().completeExceptionally(e);
                }
            }
            throw e;
        } finally {
            for (Taken taken : mine.subList(done, mine.size())) {
                if (taken.future() != null) {
                    // Without an effect after an error of the store. An interrupt or a bug of ours is not the business of those who wait.
                    taken.future().cancel(false);
                }
                end(taken);
            }
        }
    }

    private static int endOfRun(List<Taken> taken, int start) {
        long limit = taken.get(start).piece().offset() + MAX_FETCH_BYTES;
        int end = start + 1;
        while (end < taken.size()
                && taken.get(end).piece().offset() == taken.get(end - 1).piece().end()
                && taken.get(end).piece().end() <= limit) {
            end++;
        }
        return end;
    }

    private static void deliver(Taken taken, byte[] bytes, Map<Piece.Id, byte[]> found) {
        found.put(taken.piece().id(), bytes);
        if (taken.future() != null) {
            taken.future().complete(bytes);
        }
    }

    /** Only after the copy is kept, so that who comes in between is served by the future. */
    private void end(Taken taken) {
        if (taken.future() != null) {
            inFlight.remove(taken.piece().id(), taken.future());
        }
    }

    /** Waits for what others fetch; returns the pieces whose fetch was cancelled. */
    private List<Piece> join(Map<Piece, CompletableFuture<byte[]>> others, Map<Piece.Id, byte[]> found) throws IOException {
        List<Piece> cancelled = new ArrayList<>();
        for (var other : others.entrySet()) {
            Piece piece = other.getKey();
            metrics.joined.increment();
            try {
                byte[] bytes = other.getValue().get();
                if (bytes.length != piece.length()) {
                    throw new ObjectStoreException(piece.key() + " is read with different sizes at once", null, false);
                }
                found.put(piece.id(), bytes);
            } catch (InterruptedException e) {
                throw ObjectStores.interrupted(piece.key(), e);
            } catch (CancellationException e) {
                cancelled.add(piece);
            } catch (ExecutionException e) {
                throw rethrow(piece, e);
            }
        }
        return cancelled;
    }

    /** A new exception for each reader: its stack is its own, the cause tells of the fetch. */
    private static IOException rethrow(Piece piece, ExecutionException e) {
        if (e.getCause() instanceof ObjectNotFoundException) {
            return new ObjectNotFoundException(piece.key());
        }
        boolean retryable = e.getCause() instanceof ObjectStoreException known && known.retryable();
        return new ObjectStoreException(String.valueOf(e.getCause()), e.getCause(), retryable);
    }
}
