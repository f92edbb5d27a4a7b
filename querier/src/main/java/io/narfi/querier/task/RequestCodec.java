package io.narfi.querier.task;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.logql.engine.StepGrid;
import io.narfi.querier.plan.Deletes;
import io.narfi.querier.plan.SegmentRef;
import io.narfi.querier.plan.SegmentSpan;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.proto.LabelSketchesTask;
import io.narfi.querier.proto.LogTask;
import io.narfi.querier.proto.MatcherGroup;
import io.narfi.querier.proto.MetadataTask;
import io.narfi.querier.proto.MetricTask;
import io.narfi.querier.proto.PatternsTask;
import io.narfi.querier.proto.StreamSizesTask;
import io.narfi.querier.proto.TaskBlock;
import io.narfi.querier.proto.TaskDelete;
import io.narfi.querier.proto.TaskMatcher;
import io.narfi.querier.proto.TaskRequest;
import io.narfi.querier.proto.TaskSegment;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.segment.SegmentId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The wire form of a {@link Task}. */
public final class RequestCodec {
    /** Peers of different versions do not work for each other: bump it with every change of meaning. */
    public static final int VERSION = 4;

    private RequestCodec() {}

    /** @param nanosLeft how long the task may take */
    public static TaskRequest encode(Task task, long nanosLeft) {
        TaskScope scope = task.scope();
        TaskRequest.Builder out = TaskRequest.newBuilder()
                .setVersion(VERSION)
                .setTenant(scope.tenant())
                .setNanosLeft(Math.max(0, nanosLeft))
                .setFrom(scope.from())
                .setTo(scope.to())
                .setMinHash(scope.minHash())
                .setMaxHash(scope.maxHash())
                .setOfSeveral(task.ofSeveral())
                .setUncached(!task.cached());
        for (BlockMeta b : scope.blocks()) {
            out.addBlocks(TaskBlock.newBuilder()
                    .setId(b.id())
                    .setEpochDay((int) b.day().toEpochDay())
                    .setLevel(b.level())
                    .setMinTime(b.minTime())
                    .setMaxTime(b.maxTime())
                    .setRows(b.rows())
                    .setLineBytes(b.lineBytes())
                    .setMetadataBytes(b.metadataBytes())
                    .setStreams(b.streams())
                    .setSize(b.size())
                    .setFooterOffset(b.footerOffset())
                    .setRetentionSeconds(b.retentionSeconds())
                    .setDeletesThrough(scope.deletes().appliedThrough(b)));
        }
        for (Deletes.Request d : scope.deletes().requests()) {
            out.addDeletes(TaskDelete.newBuilder()
                    .setSequence(d.sequence())
                    .setQuery(d.query())
                    .setFrom(d.from())
                    .setTo(d.to()));
        }
        for (SegmentSpan span : scope.segments()) {
            SegmentRef s = span.segment();
            out.addSegments(TaskSegment.newBuilder()
                    .setWriter(s.id().writer())
                    .setSequence(s.id().sequence())
                    .setSize(s.size())
                    .setMinTime(span.minTime())
                    .setMaxTime(span.maxTime())
                    .setBytes(span.bytes()));
        }
        switch (task.work()) {
            case Work.Logs logs -> out.setLog(LogTask.newBuilder()
                    .setQuery(logs.query())
                    .setForward(logs.direction() == Direction.FORWARD)
                    .setLimit(logs.limit()));
            case Work.Metric metric -> out.setMetric(MetricTask.newBuilder()
                    .setQuery(metric.query())
                    .setLeaf(metric.leaf())
                    .setStart(metric.grid().start())
                    .setEnd(metric.grid().end())
                    .setStep(metric.grid().step()));
            case Work.Metadata metadata -> out.setMetadata(encode(metadata));
            case Work.Volume volume -> out.setVolume(DiscoveryCodec.encode(volume));
            case Work.StreamSizes sizes -> out.setStreamSizes(StreamSizesTask.newBuilder()
                    .setSelector(encode(sizes.selector()))
                    .setFirst(sizes.first()));
            case Work.LabelSketches labels -> out.setLabelSketches(LabelSketchesTask.newBuilder().setSelector(encode(labels.selector())));
            case Work.Patterns patterns -> out.setPatterns(PatternsTask.newBuilder()
                    .setSelector(encode(patterns.selector()))
                    .setStep(patterns.step())
                    .setSampling(patterns.sampling()));
        }
        return out.build();
    }

    private static MetadataTask encode(Work.Metadata metadata) {
        MetadataTask.Builder out = MetadataTask.newBuilder()
                .setKind(
                        switch (metadata.kind()) {
                            case LABEL_NAMES -> MetadataTask.Kind.LABEL_NAMES;
                            case LABEL_VALUES -> MetadataTask.Kind.LABEL_VALUES;
                            case SERIES -> MetadataTask.Kind.SERIES;
                        })
                .setName(metadata.name());
        for (List<LabelMatcher> group : metadata.groups()) {
            out.addGroups(encode(group));
        }
        return out.build();
    }

    static MatcherGroup encode(List<LabelMatcher> matchers) {
        MatcherGroup.Builder group = MatcherGroup.newBuilder();
        for (LabelMatcher m : matchers) {
            group.addMatchers(TaskMatcher.newBuilder().setName(m.name()).setOp(m.op().text()).setValue(m.value()));
        }
        return group.build();
    }

    static List<LabelMatcher> decode(MatcherGroup group) {
        List<LabelMatcher> matchers = new ArrayList<>();
        for (TaskMatcher m : group.getMatchersList()) {
            matchers.add(new LabelMatcher(m.getName(), op(m.getOp()), m.getValue()));
        }
        return matchers;
    }

    /**
     * The task of a request.
     *
     * @throws ApiException 409 if the peer speaks another version, 400 if the request makes no sense
     */
    public static Task decode(TaskRequest in) {
        if (in.getVersion() != VERSION) {
            throw new ApiException(409, "this process speaks version " + VERSION + " of tasks, not " + in.getVersion());
        }
        List<BlockMeta> blocks = new ArrayList<>(in.getBlocksCount());
        List<SegmentSpan> segments = new ArrayList<>(in.getSegmentsCount());
        List<Deletes.Request> deletes = new ArrayList<>(in.getDeletesCount());
        Map<String, Long> deletesThrough = new HashMap<>();
        try {
            for (TaskBlock b : in.getBlocksList()) {
                blocks.add(new BlockMeta(
                        in.getTenant(),
                        b.getId(),
                        LocalDate.ofEpochDay(b.getEpochDay()),
                        b.getLevel(),
                        b.getMinTime(),
                        b.getMaxTime(),
                        b.getRows(),
                        b.getLineBytes(),
                        b.getMetadataBytes(),
                        b.getStreams(),
                        b.getSize(),
                        b.getFooterOffset(),
                        b.getRetentionSeconds()));
                if (b.getDeletesThrough() > 0) {
                    deletesThrough.put(blocks.getLast().key(), b.getDeletesThrough());
                }
            }
            for (TaskDelete d : in.getDeletesList()) {
                deletes.add(new Deletes.Request(d.getSequence(), d.getQuery(), d.getFrom(), d.getTo()));
            }
            for (TaskSegment s : in.getSegmentsList()) {
                SegmentRef ref = new SegmentRef(new SegmentId(s.getWriter(), s.getSequence()), s.getSize());
                segments.add(new SegmentSpan(ref, s.getMinTime(), s.getMaxTime(), s.getBytes()));
            }
            TaskScope scope = new TaskScope(
                    in.getTenant(),
                    "",
                    in.getFrom(),
                    in.getTo(),
                    in.getMinHash(),
                    in.getMaxHash(),
                    blocks,
                    segments,
                    0,
                    new Deletes(deletes, deletesThrough));
            return new Task(scope, decodeWork(in), in.getOfSeveral(), !in.getUncached());
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "not a task: " + e.getMessage(), e);
        }
    }

    private static Work decodeWork(TaskRequest in) {
        return switch (in.getWorkCase()) {
            case LOG -> {
                LogTask t = in.getLog();
                if (t.getLimit() < 1) {
                    throw new IllegalArgumentException("limit " + t.getLimit());
                }
                yield new Work.Logs(t.getQuery(), t.getForward() ? Direction.FORWARD : Direction.BACKWARD, t.getLimit());
            }
            case METRIC -> {
                MetricTask t = in.getMetric();
                if (t.getLeaf() < 0) {
                    throw new IllegalArgumentException("leaf " + t.getLeaf());
                }
                yield new Work.Metric(t.getQuery(), t.getLeaf(), new StepGrid(t.getStart(), t.getEnd(), t.getStep()));
            }
            case METADATA -> decode(in.getMetadata());
            case VOLUME -> DiscoveryCodec.decode(in.getVolume());
            case STREAM_SIZES -> new Work.StreamSizes(decode(in.getStreamSizes().getSelector()), in.getStreamSizes().getFirst());
            case LABEL_SKETCHES -> new Work.LabelSketches(decode(in.getLabelSketches().getSelector()));
            case PATTERNS -> {
                PatternsTask t = in.getPatterns();
                yield new Work.Patterns(decode(t.getSelector()), t.getStep(), t.getSampling());
            }
            case WORK_NOT_SET -> throw new IllegalArgumentException("no work");
        };
    }

    private static Work.Metadata decode(MetadataTask in) {
        Work.Metadata.Kind kind =
                switch (in.getKind()) {
                    case LABEL_NAMES -> Work.Metadata.Kind.LABEL_NAMES;
                    case LABEL_VALUES -> Work.Metadata.Kind.LABEL_VALUES;
                    case SERIES -> Work.Metadata.Kind.SERIES;
                    case KIND_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("unknown kind of metadata");
                };
        List<List<LabelMatcher>> groups = new ArrayList<>();
        for (MatcherGroup group : in.getGroupsList()) {
            groups.add(decode(group));
        }
        return new Work.Metadata(kind, in.getName(), groups);
    }

    private static LabelMatcher.Op op(String text) {
        for (LabelMatcher.Op op : LabelMatcher.Op.values()) {
            if (op.text().equals(text)) {
                return op;
            }
        }
        throw new IllegalArgumentException("unknown matcher " + text);
    }
}
