package io.narfi.querier.task;

import com.google.protobuf.ByteString;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.querier.discover.Buckets;
import io.narfi.querier.discover.Cardinality;
import io.narfi.querier.discover.LabelSketchSet;
import io.narfi.querier.discover.PatternRows;
import io.narfi.querier.discover.StreamTotals;
import io.narfi.querier.discover.VolumeRows;
import io.narfi.querier.discover.VolumeSpec;
import io.narfi.querier.proto.LabelSketch;
import io.narfi.querier.proto.LabelSketchesResult;
import io.narfi.querier.proto.MatcherGroup;
import io.narfi.querier.proto.Pattern;
import io.narfi.querier.proto.PatternsResult;
import io.narfi.querier.proto.StreamSizesResult;
import io.narfi.querier.proto.VolumeResult;
import io.narfi.querier.proto.VolumeSeries;
import io.narfi.querier.proto.VolumeTask;
import io.narfi.querier.run.MemoryPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The wire forms of the works and results of {@link io.narfi.querier.discover}. */
final class DiscoveryCodec {
    private DiscoveryCodec() {}

    static VolumeTask encode(Work.Volume work) {
        VolumeSpec spec = work.spec();
        return VolumeTask.newBuilder()
                .setSelector(RequestCodec.encode(work.selector()))
                .addAllTargets(spec.targets())
                .setByName(spec.byName())
                .setStart(spec.buckets().start())
                .setEnd(spec.buckets().end())
                .setStep(spec.buckets().step())
                .setMaxSeries(spec.maxSeries())
                .build();
    }

    static Work.Volume decode(VolumeTask in) {
        List<LabelMatcher> selector = RequestCodec.decode(in.getSelector());
        Buckets buckets = new Buckets(in.getStart(), in.getEnd(), in.getStep());
        return new Work.Volume(selector, new VolumeSpec(buckets, in.getTargetsList(), in.getByName(), in.getMaxSeries()));
    }

    static VolumeResult encode(VolumeRows rows) {
        VolumeResult.Builder out = VolumeResult.newBuilder();
        for (Map.Entry<Labels, SortedMap<Integer, Long>> series : rows.series().entrySet()) {
            VolumeSeries.Builder one = VolumeSeries.newBuilder().setLabels(ResponseCodec.encode(series.getKey()));
            int before = 0;
            for (Map.Entry<Integer, Long> bucket : series.getValue().entrySet()) {
                one.addBuckets(bucket.getKey() - before).addBytes(bucket.getValue());
                before = bucket.getKey();
            }
            out.addSeries(one);
        }
        return out.build();
    }

    static VolumeRows decode(VolumeResult in, Work.Volume work, MemoryPool.Budget memory) {
        VolumeRows rows = new VolumeRows(work.spec().maxSeries(), memory);
        int count = work.spec().buckets().count();
        for (VolumeSeries series : in.getSeriesList()) {
            if (series.getBucketsCount() != series.getBytesCount()) {
                throw unequal();
            }
            Labels labels = ResponseCodec.decode(series.getLabels());
            int bucket = 0;
            for (int i = 0; i < series.getBucketsCount(); i++) {
                bucket += series.getBuckets(i);
                if (bucket < 0 || bucket >= count) {
                    throw new IllegalArgumentException("bucket " + bucket + " of " + count);
                }
                rows.add(labels, bucket, series.getBytes(i));
            }
        }
        return rows;
    }

    static StreamSizesResult encode(StreamTotals totals) {
        StreamSizesResult.Builder out = StreamSizesResult.newBuilder();
        for (StreamTotals.Total t : totals.streams()) {
            out.addHashes(t.hash()).addChunks(t.chunks()).addBytes(t.bytes()).addEntries(t.entries());
        }
        return out.build();
    }

    static StreamTotals decode(StreamSizesResult in, MemoryPool.Budget memory) {
        int n = in.getHashesCount();
        if (in.getChunksCount() != n || in.getBytesCount() != n || in.getEntriesCount() != n) {
            throw unequal();
        }
        memory.reserve(StreamTotals.BYTES * n);
        List<StreamTotals.Total> totals = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            totals.add(new StreamTotals.Total(in.getHashes(i), in.getChunks(i), in.getBytes(i), in.getEntries(i)));
        }
        return StreamTotals.of(totals);
    }

    static LabelSketchesResult encode(LabelSketchSet sketches) {
        LabelSketchesResult.Builder out = LabelSketchesResult.newBuilder();
        sketches.sketches().forEach((name, sketch) -> out.addSketches(LabelSketch.newBuilder()
                .setName(name)
                .addAllHashes(sketch.cardinality().hashes())
                .setRegisters(ByteString.copyFrom(sketch.cardinality().registers()))
                .setAnyText(sketch.anyText())
                .setAnyButBits(sketch.anyButBits())));
        return out.build();
    }

    static LabelSketchSet decode(LabelSketchesResult in, MemoryPool.Budget memory) {
        LabelSketchSet sketches = new LabelSketchSet(memory);
        for (LabelSketch sketch : in.getSketchesList()) {
            Cardinality cardinality = Cardinality.of(sketch.getHashesList(), sketch.getRegisters().toByteArray());
            sketches.add(sketch.getName(), cardinality, sketch.getAnyText(), sketch.getAnyButBits());
        }
        return sketches;
    }

    static PatternsResult encode(PatternRows rows) {
        PatternsResult.Builder out = PatternsResult.newBuilder();
        for (PatternRows.Row row : rows.rows()) {
            Pattern.Builder one = Pattern.newBuilder().setLevel(row.level()).addAllTokens(row.tokens());
            long before = 0;
            for (Map.Entry<Long, Long> bucket : row.counts().entrySet()) {
                one.addBuckets(bucket.getKey() - before).addCounts(bucket.getValue());
                before = bucket.getKey();
            }
            out.addPatterns(one);
        }
        return out.build();
    }

    static PatternRows decode(PatternsResult in, MemoryPool.Budget memory) {
        memory.reserve(2L * in.getSerializedSize());
        List<PatternRows.Row> rows = new ArrayList<>(in.getPatternsCount());
        for (Pattern p : in.getPatternsList()) {
            if (p.getBucketsCount() != p.getCountsCount()) {
                throw unequal();
            }
            TreeMap<Long, Long> counts = new TreeMap<>();
            long bucket = 0;
            for (int i = 0; i < p.getBucketsCount(); i++) {
                bucket += p.getBuckets(i);
                counts.merge(bucket, p.getCounts(i), Long::sum);
            }
            rows.add(new PatternRows.Row(p.getLevel(), p.getTokensList(), counts));
        }
        return new PatternRows(rows);
    }

    private static IllegalArgumentException unequal() {
        return new IllegalArgumentException("columns of unequal length");
    }
}
