package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a catalog from the blocks alone: a checkpoint with every block that is in the bucket. Its version is the present time in milliseconds, which
 * is after any version that ever was, so that processes which still hold a state of the lost catalog take it up.
 *
 * <p>The bucket may hold two generations of the same rows: the inputs of a merge wait for their deletion. A block whose footer names the blocks it was
 * merged from replaces them, because a merge has one output that holds all rows of its inputs; they are put down as removed. Where footers do not
 * tell, both generations become live, which costs space until the next merge but shows no row twice: a stream is a set, and copies collapse when
 * they are read. For the same reason no segment is taken as consumed (of the blocks that a segment went into, some may never have been written); the rows
 * of those that were are in the bucket twice until they are compacted again. Blocks past retention come back until the next sweep. Delete requests come from their copies
 * ({@link DeleteCopies}) and hide their rows again, whatever was removed already.
 */
public final class CatalogRebuilder {
    private static final Logger log = LoggerFactory.getLogger(CatalogRebuilder.class);
    private static final int PARALLEL_READS = 16;

    /** @param parents ids of the blocks that it was merged from and that it replaces; empty if unknown or none */
    public record Inspected(BlockMeta block, List<String> parents) {
        public Inspected {
            parents = List.copyOf(parents);
        }
    }

    /** Opens the footer of a block. */
    @FunctionalInterface
    public interface BlockInspector {
        /** @throws CorruptDataException if it is no block, or a damaged one */
        Inspected inspect(BlockRef block, long size) throws IOException;
    }

    /** @param unreadable keys under {@code blocks/} that are no readable blocks; they are in no catalog */
    public record Result(CatalogState state, int replaced, List<String> unreadable) {}

    private final ObjectStore store;
    private final BlockInspector inspector;
    private final InstantSource clock;

    public CatalogRebuilder(ObjectStore store, BlockInspector inspector, InstantSource clock) {
        this.store = requireNonNull(store, "store is null");
        this.inspector = requireNonNull(inspector, "inspector is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * Reads the footer of every block and writes the catalog.
     *
     * @param evenIfUnreadable whether to go on if a block cannot be read, and leave it out
     * @throws CatalogCorruptException if a block cannot be read
     */
    public Result rebuild(boolean evenIfUnreadable) throws IOException {
        List<ObjectInfo> objects = listBlocks();
        List<Optional<Inspected>> inspected = Parallel.map(objects, PARALLEL_READS, this::inspect);
        List<String> unreadable = new ArrayList<>();
        Set<String> replaced = new HashSet<>();
        for (int i = 0; i < inspected.size(); i++) {
            Optional<Inspected> found = inspected.get(i);
            if (found.isPresent()) {
                replaced.addAll(found.get().parents());
            } else {
                unreadable.add(objects.get(i).key());
            }
        }
        if (!unreadable.isEmpty() && !evenIfUnreadable) {
            throw new CatalogCorruptException("cannot rebuild the catalog, these blocks cannot be read: " + unreadable);
        }
        CatalogLog objectsOfCatalog = new CatalogLog(store);
        long version = newVersion(objectsOfCatalog);
        List<BlockMeta> live = new ArrayList<>();
        List<CatalogState.RemovedBlock> removed = new ArrayList<>();
        inspected.stream().flatMap(Optional::stream).map(Inspected::block).forEach(block -> {
            if (replaced.contains(block.id())) {
                removed.add(new CatalogState.RemovedBlock(BlockRef.of(block), clock.millis()));
            } else {
                live.add(block);
            }
        });
        CatalogState state = CatalogState.of(version, clock.millis(), live, removed, ConsumedSegments.EMPTY, new DeleteCopies(store).restore(version));
        objectsOfCatalog.createCheckpoint(state);
        log.warn(
                "catalog rebuilt from blocks version={} blocks={} replaced={} unreadable={}",
                version,
                live.size(),
                removed.size(),
                unreadable.size());
        return new Result(state, removed.size(), List.copyOf(unreadable));
    }

    private Optional<Inspected> inspect(ObjectInfo object) throws IOException {
        BlockRef ref = BlockRef.parse(object.key());
        if (ref == null) {
            return Optional.empty();
        }
        try {
            Inspected found = inspector.inspect(ref, object.size());
            if (!BlockRef.of(found.block()).equals(ref)) {
                throw new CorruptDataException(object.key(), "footer", 0, "it says that it is " + found.block().key());
            }
            return Optional.of(found);
        } catch (CorruptDataException e) {
            log.error("cannot read a block key={}", object.key(), e);
            return Optional.empty();
        }
    }

    private List<ObjectInfo> listBlocks() throws IOException {
        List<ObjectInfo> all = new ArrayList<>();
        boolean more = true;
        while (more) {
            ObjectStore.Listing page = store.list(BlockRef.PREFIX, all.isEmpty() ? "" : all.getLast().key(), CatalogLog.PAGE);
            all.addAll(page.objects());
            more = page.truncated() && !page.objects().isEmpty();
        }
        return all;
    }

    private long newVersion(CatalogLog objects) throws IOException {
        CatalogLog.Versions all = objects.listFrom(0);
        long after = Math.max(lastOf(all.commits()), lastOf(all.checkpoints()));
        return Math.max(clock.millis(), after + 1);
    }

    private static long lastOf(NavigableMap<Long, ObjectInfo> versions) {
        return versions.isEmpty() ? 0 : versions.lastKey();
    }
}
