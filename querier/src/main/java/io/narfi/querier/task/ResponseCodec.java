package io.narfi.querier.task;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.narfi.common.Labels;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.LeafPartial;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.proto.LabelPairs;
import io.narfi.querier.proto.LogRowsResult;
import io.narfi.querier.proto.MetadataResult;
import io.narfi.querier.proto.TaskCacheUse;
import io.narfi.querier.proto.TaskResponse;
import io.narfi.querier.proto.TaskStats;
import io.narfi.querier.run.ContextBudget;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.stats.ScanStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The wire form of a {@link TaskResult} and of what the task did. */
public final class ResponseCodec {
    private ResponseCodec() {}

    public static TaskResponse encode(TaskResult result, ScanStats stats) {
        TaskResponse.Builder out = TaskResponse.newBuilder().setVersion(RequestCodec.VERSION).setStats(encode(stats));
        switch (result) {
            case TaskResult.Rows rows -> out.setRows(encode(rows.rows()));
            case TaskResult.Partial partial -> out.setPartial(UnsafeByteOperations.unsafeWrap(partial.partial().encode()));
            case TaskResult.Metadata metadata -> out.setMetadata(encode(metadata.rows()));
            case TaskResult.Volume volume -> out.setVolume(DiscoveryCodec.encode(volume.rows()));
            case TaskResult.StreamSizes sizes -> out.setStreamSizes(DiscoveryCodec.encode(sizes.totals()));
            case TaskResult.LabelSketches labels -> out.setLabelSketches(DiscoveryCodec.encode(labels.sketches()));
            case TaskResult.Patterns patterns -> out.setPatterns(DiscoveryCodec.encode(patterns.rows()));
        }
        return out.build();
    }

    /**
     * The result of a task; its memory is counted.
     *
     * @param task what was asked
     * @throws IllegalArgumentException if the message makes no sense
     */
    public static TaskResult decode(TaskResponse in, Task task, CompiledQueries queries, QueryContext context) {
        if (in.getVersion() != RequestCodec.VERSION) {
            throw new IllegalArgumentException("answer of version " + in.getVersion());
        }
        return switch (in.getResultCase()) {
            case ROWS -> {
                List<LogRow> rows = decode(in.getRows());
                context.memory().reserve(rows.stream().mapToLong(LogRow::memory).sum());
                yield new TaskResult.Rows(rows);
            }
            case PARTIAL -> new TaskResult.Partial(decodePartial(in.getPartial(), task, queries, context));
            case METADATA -> {
                context.memory().reserve(in.getMetadata().getSerializedSize());
                yield new TaskResult.Metadata(decode(in.getMetadata()));
            }
            case VOLUME -> {
                if (!(task.work() instanceof Work.Volume work)) {
                    throw new IllegalArgumentException("volumes of " + task.work());
                }
                yield new TaskResult.Volume(DiscoveryCodec.decode(in.getVolume(), work, context.memory()));
            }
            case STREAM_SIZES -> new TaskResult.StreamSizes(DiscoveryCodec.decode(in.getStreamSizes(), context.memory()));
            case LABEL_SKETCHES -> new TaskResult.LabelSketches(DiscoveryCodec.decode(in.getLabelSketches(), context.memory()));
            case PATTERNS -> new TaskResult.Patterns(DiscoveryCodec.decode(in.getPatterns(), context.memory()));
            case RESULT_NOT_SET -> throw new IllegalArgumentException("answer without a result");
        };
    }

    private static LeafPartial decodePartial(ByteString bytes, Task task, CompiledQueries queries, QueryContext context) {
        if (!(task.work() instanceof Work.Metric metric)) {
            throw new IllegalArgumentException("a partial result of " + task.work());
        }
        ContextBudget budget = new ContextBudget(context);
        Leaf leaf = LocalRunner.leaf(queries.metric(metric.query()).plan(), metric.leaf());
        LeafPartial partial = LeafPartial.decode(bytes.toByteArray(), leaf, metric.grid(), budget);
        budget.settle(partial.bytes());
        return partial;
    }

    private static LogRowsResult encode(List<LogRow> rows) {
        LogRowsResult.Builder out = LogRowsResult.newBuilder();
        IdentityHashMap<ResultLabels, Integer> ids = new IdentityHashMap<>();
        for (LogRow row : rows) {
            Integer id = ids.get(row.labels());
            if (id == null) {
                id = ids.size();
                ids.put(row.labels(), id);
                out.addLabels(io.narfi.querier.proto.ResultLabels.newBuilder()
                        .setAll(encode(row.labels().all()))
                        .setStream(encode(row.labels().stream()))
                        .setMetadata(encode(row.labels().metadata()))
                        .setParsed(encode(row.labels().parsed())));
            }
            out.addTimes(row.time()).addStreamHashes(row.streamHash()).addLabelIds(id);
            out.addLines(UnsafeByteOperations.unsafeWrap(row.line()));
        }
        return out.build();
    }

    private static List<LogRow> decode(LogRowsResult in) {
        int n = in.getTimesCount();
        if (in.getStreamHashesCount() != n || in.getLabelIdsCount() != n || in.getLinesCount() != n) {
            throw new IllegalArgumentException("columns of unequal length");
        }
        List<ResultLabels> labels = new ArrayList<>(in.getLabelsCount());
        for (io.narfi.querier.proto.ResultLabels l : in.getLabelsList()) {
            labels.add(new ResultLabels(
                    decode(l.getAll()), decode(l.getStream()), decode(l.getMetadata()), decode(l.getParsed())));
        }
        List<LogRow> rows = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            int id = in.getLabelIds(i);
            if (id < 0 || id >= labels.size()) {
                throw new IllegalArgumentException("labels " + id + " of " + labels.size());
            }
            ByteString line = in.getLines(i);
            rows.add(new LogRow(in.getTimes(i), in.getStreamHashes(i), labels.get(id), line.toByteArray()));
        }
        return rows;
    }

    private static MetadataResult encode(MetadataRows rows) {
        MetadataResult.Builder out = MetadataResult.newBuilder()
                .addAllStrings(rows.strings());
        for (Labels series : rows.series()) {
            out.addSeries(encode(series));
        }
        return out.build();
    }

    private static MetadataRows decode(MetadataResult in) {
        Set<Labels> series = new HashSet<>();
        for (LabelPairs pairs : in.getSeriesList()) {
            series.add(decode(pairs));
        }
        return new MetadataRows(new HashSet<>(in.getStringsList()), series);
    }

    static LabelPairs encode(Labels labels) {
        LabelPairs.Builder out = LabelPairs.newBuilder();
        for (int i = 0; i < labels.size(); i++) {
            out.addPairs(labels.name(i)).addPairs(labels.value(i));
        }
        return out.build();
    }

    static Labels decode(LabelPairs in) {
        String[] pairs = in.getPairsList().toArray(String[]::new);
        if (pairs.length % 2 != 0) {
            throw new IllegalArgumentException("odd number of names and values: " + Arrays.toString(pairs));
        }
        return Labels.ofSorted(pairs);
    }

    private static TaskStats encode(ScanStats s) {
        TaskStats.Builder out = TaskStats.newBuilder();
        for (CacheUse.Kind kind : CacheUse.Kind.values()) {
            CacheUse use = s.cache(kind);
            if (use.requested > 0 || use.stored > 0) {
                out.addCaches(TaskCacheUse.newBuilder()
                        .setKind(kind.name())
                        .setRequested(use.requested)
                        .setFound(use.found)
                        .setStored(use.stored)
                        .setBytesReceived(use.bytesReceived)
                        .setBytesSent(use.bytesSent)
                        .setNanos(use.nanos)
                        .setLengthServed(use.lengthServed));
            }
        }
        return out
                .setStreams(s.streams)
                .setChunks(s.chunks)
                .setChunksRead(s.chunksRead)
                .setLines(s.lines)
                .setLineBytes(s.lineBytes)
                .setDirectoryBytes(s.directoryBytes)
                .setColumnBytes(s.columnBytes)
                .setMetadataBytes(s.metadataBytes)
                .setPostFilterLines(s.postFilterLines)
                .setIndexNanos(s.indexNanos)
                .setExecNanos(s.execNanos)
                .setStoredBytes(s.reads.storedBytes)
                .setWaitNanos(s.reads.waitNanos)
                .setDuplicates(s.reads.duplicates)
                .build();
    }

    public static ScanStats decodeStats(TaskResponse in) {
        TaskStats t = in.getStats();
        ScanStats s = new ScanStats();
        s.streams = t.getStreams();
        s.chunks = t.getChunks();
        s.chunksRead = t.getChunksRead();
        s.lines = t.getLines();
        s.lineBytes = t.getLineBytes();
        s.directoryBytes = t.getDirectoryBytes();
        s.columnBytes = t.getColumnBytes();
        s.metadataBytes = t.getMetadataBytes();
        s.postFilterLines = t.getPostFilterLines();
        s.indexNanos = t.getIndexNanos();
        s.execNanos = t.getExecNanos();
        s.reads.storedBytes = t.getStoredBytes();
        s.reads.waitNanos = t.getWaitNanos();
        s.reads.duplicates = t.getDuplicates();
        for (TaskCacheUse u : t.getCachesList()) {
            CacheUse use = s.cache(CacheUse.Kind.valueOf(u.getKind()));
            use.requested += u.getRequested();
            use.found += u.getFound();
            use.stored += u.getStored();
            use.bytesReceived += u.getBytesReceived();
            use.bytesSent += u.getBytesSent();
            use.nanos += u.getNanos();
            use.lengthServed += u.getLengthServed();
        }
        return s;
    }
}
