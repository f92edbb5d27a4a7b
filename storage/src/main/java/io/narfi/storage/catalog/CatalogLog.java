package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.object.ObjectStore.PutResult;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The objects of the catalog: keys, listing, reading, creating. Keeps no state. */
final class CatalogLog {
    static final String PREFIX = "catalog/";
    static final String CHECKPOINTS = PREFIX + "checkpoint/";
    static final int PAGE = 1000;

    /** A live set of 500 000 blocks is about 60 MiB. */
    private static final long MAX_CHECKPOINT_BYTES = 512L << 20;

    private static final long MAX_COMMIT_BYTES = 64L << 20;
    private static final int PARALLEL_READS = 16;
    private static final int PUT_TRIES = 4;
    private static final int VERSION_DIGITS = 20;

    private final ObjectStore store;

    CatalogLog(ObjectStore store) {
        this.store = requireNonNull(store, "store is null");
    }

    /** Versions that exist, with what the listing says of their objects. */
    record Versions(NavigableMap<Long, ObjectInfo> commits, NavigableMap<Long, ObjectInfo> checkpoints) {
        boolean isEmpty() {
            return commits.isEmpty() && checkpoints.isEmpty();
        }
    }

    static String commitKey(long version) {
        return PREFIX + digits(version);
    }

    static String checkpointKey(long version) {
        return CHECKPOINTS + digits(version);
    }

    private static String digits(long version) {
        return String.format(Locale.ROOT, "%0" + VERSION_DIGITS + "d", version);
    }

    /** Commits from a version on, and all checkpoints, which sort after the commits. */
    Versions listFrom(long version) throws IOException {
        Versions found = new Versions(new TreeMap<>(), new TreeMap<>());
        list(version <= 1 ? "" : commitKey(version - 1), found);
        return found;
    }

    NavigableMap<Long, ObjectInfo> listCheckpoints() throws IOException {
        Versions found = new Versions(new TreeMap<>(), new TreeMap<>());
        list(CHECKPOINTS, found);
        return found.checkpoints();
    }

    private void list(String after, Versions into) throws IOException {
        String position = after;
        boolean more = true;
        while (more) {
            ObjectStore.Listing page = store.list(PREFIX, position, PAGE);
            for (ObjectInfo object : page.objects()) {
                position = object.key();
                boolean checkpoint = object.key().startsWith(CHECKPOINTS);
                Long version = parse(object.key(), checkpoint ? CHECKPOINTS : PREFIX);
                if (version != null) {
                    (checkpoint ? into.checkpoints() : into.commits()).put(version, object);
                }
            }
            more = page.truncated() && !page.objects().isEmpty();
        }
    }

    /** The version of a key, or null for something that is none of ours. */
    private static @Nullable Long parse(String key, String prefix) {
        String number = key.substring(prefix.length());
        if (number.length() != VERSION_DIGITS || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        try {
            long version = Long.parseLong(number);
            return version >= 1 ? version : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    CatalogCommit read(long version) throws IOException {
        String key = commitKey(version);
        CatalogCommit commit = CatalogCodec.decodeCommit(key, store.get(key, MAX_COMMIT_BYTES));
        if (commit.version() != version) {
            throw new CatalogCorruptException(key + " holds commit " + commit.version());
        }
        return commit;
    }

    /** The commits {@code [from, to]}, read side by side. */
    List<CatalogCommit> read(long from, long to) throws IOException {
        List<Long> versions = new ArrayList<>();
        for (long v = from; v <= to; v++) {
            versions.add(v);
        }
        return Parallel.map(versions, PARALLEL_READS, this::read);
    }

    CatalogState readCheckpoint(long version) throws IOException {
        String key = checkpointKey(version);
        CatalogState state = CatalogCodec.decodeCheckpoint(key, store.get(key, MAX_CHECKPOINT_BYTES));
        if (state.version() != version) {
            throw new CatalogCorruptException(key + " holds version " + state.version());
        }
        return state;
    }

    /** Idempotent: every process would write the same state under this key. */
    void createCheckpoint(CatalogState state) throws IOException {
        store.putIfAbsent(checkpointKey(state.version()), ObjectContent.of(CatalogCodec.encode(state)));
    }

    /**
     * Tries to be the one who creates a version.
     *
     * @return whether it was this commit that created it
     * @throws CommitOutcomeUnknownException if the store failed in a way that leaves that open
     */
    boolean create(CatalogCommit commit) throws IOException {
        byte[] bytes = CatalogCodec.encode(commit);
        if (bytes.length > MAX_COMMIT_BYTES) {
            throw new IllegalArgumentException("commit of " + bytes.length + " bytes is larger than " + MAX_COMMIT_BYTES);
        }
        boolean unknown = false;
        @Nullable IOException last = null;
        for (int i = 0; i < PUT_TRIES && !Thread.currentThread().isInterrupted(); i++) {
            try {
                // The same bytes under the same key: whichever try lands, it is this commit.
                if (store.putIfAbsent(commitKey(commit.version()), ObjectContent.of(bytes)) == PutResult.CREATED) {
                    return true;
                }
                return read(commit.version()).id().equals(commit.id());
            } catch (ObjectNotFoundException e) {
                // It was there, and is not now: a damaged or cleaned catalog; not ours to decide.
                unknown = true;
                last = e;
            } catch (CatalogCorruptException e) {
                throw e;
            } catch (ObjectStoreException e) {
                unknown = true;
                last = e;
                if (!e.retryable()) {
                    break;
                }
            } catch (IOException e) {
                unknown = true;
                last = e;
            }
        }
        if (!unknown && last == null) {
            throw new CommitOutcomeUnknownException("interrupted before commit " + commit.version() + " was sent", null);
        }
        throw new CommitOutcomeUnknownException(
                "cannot tell whether commit " + commit.version() + " (" + commit.id() + ") was created", last);
    }

    /** Deletes in batches. */
    void delete(List<String> keys) throws IOException {
        for (int i = 0; i < keys.size(); i += PAGE) {
            store.delete(keys.subList(i, Math.min(keys.size(), i + PAGE)));
        }
    }

    /** Whether there is a block object, live or not. */
    boolean anyBlock() throws IOException {
        return !store.list(BlockRef.PREFIX, "", 1).objects().isEmpty();
    }
}
