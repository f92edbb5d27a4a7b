package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.StreamGroup;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.block.BlockSpec;
import io.narfi.storage.block.BlockWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Writes one block from the rows that several sources hold of its tenant and day, each row once. For one thread. */
final class BlockBuild {
    private final BlockSpec spec;
    private final Predicate<Labels> streams;
    private final Progress progress;
    private final Removal removal;
    private final AtomicLong rowsRead = new AtomicLong();
    private final AtomicLong rowsLeft = new AtomicLong();

    /**
     * @param streams which streams belong into the block
     * @param removal which of their rows do not
     */
    BlockBuild(BlockSpec spec, Predicate<Labels> streams, Removal removal, Progress progress) {
        this.removal = requireNonNull(removal, "removal is null");
        this.spec = requireNonNull(spec, "spec is null");
        this.streams = requireNonNull(streams, "streams is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    /** Rows that the sources gave, copies counted each. */
    long rowsRead() {
        return rowsRead.get();
    }

    /** Rows among those read that were left out because they are deleted, copies counted each. */
    long rowsDeleted() {
        return rowsRead.get() - rowsLeft.get();
    }

    /** Writes the file; empty, and no file, if there is no row for it. */
    Optional<BlockMeta> write(HashShards sources, Path path) throws IOException {
        long from = Partition.startOf(spec.day());
        long to = Partition.endOf(spec.day());
        ScanRequest request = new ScanRequest(from, to, ScanRequest.Direction.FORWARD, ScanRequest.Columns.LINES);
        try (BlockWriter writer = BlockWriter.create(path, spec)) {
            sources.forEach(spec.tenant(), from, to, stream -> {
                if (streams.test(stream.labels())) {
                    progress.step();
                    writer.startStream(stream.labels());
                    copy(stream, request, writer);
                }
            });
            return writer.isEmpty() ? Optional.empty() : Optional.of(writer.finish());
        }
    }

    private void copy(StreamGroup stream, ScanRequest request, BlockWriter writer) throws IOException {
        List<StreamSlice> counted = new ArrayList<>(stream.slices().size());
        for (StreamSlice slice : stream.slices()) {
            counted.add(new CountingSlice(removal.apply(new CountingSlice(slice, rowsRead)), rowsLeft));
        }
        try (BatchCursor rows = new StreamGroup(stream.labels(), counted).scan(request)) {
            for (EntryBatch batch = rows.next(); batch != null; batch = rows.next()) {
                writer.append(batch);
            }
        }
    }
}
