package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Parallel;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Uploads finished blocks, a few side by side, and deletes their files. For one thread. */
final class BlockUpload implements AutoCloseable {
    private static final int PARALLEL = 4;

    private record Waiting(BlockMeta block, Path path) {}

    private final ObjectStore store;
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<BlockMeta> done = new ArrayList<>();

    BlockUpload(ObjectStore store) {
        this.store = requireNonNull(store, "store is null");
    }

    /** Takes a file over; it may be uploaded now or later. */
    void add(BlockMeta block, Path path) throws IOException {
        waiting.add(new Waiting(block, path));
        if (waiting.size() == PARALLEL) {
            uploadAll();
        }
    }

    /** All blocks that were added; they are in the store now. */
    List<BlockMeta> finish() throws IOException {
        uploadAll();
        return List.copyOf(done);
    }

    private void uploadAll() throws IOException {
        Parallel.map(waiting, PARALLEL, w -> {
            // An id is used once: what exists is what an earlier try of this very put left.
            return store.putIfAbsent(w.block.key(), new ObjectContent.LocalFile(w.path, w.block.size()));
        });
        for (Waiting w : waiting) {
            done.add(w.block);
        }
        close();
    }

    /** Deletes the files that wait. */
    @Override
    public void close() throws IOException {
        for (Waiting w : waiting) {
            Files.deleteIfExists(w.path);
        }
        waiting.clear();
    }
}
