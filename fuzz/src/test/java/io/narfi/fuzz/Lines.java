package io.narfi.fuzz;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.logql.pipeline.SampleExtractor;
import io.narfi.logql.pipeline.StreamExtractor;
import io.narfi.logql.pipeline.StreamPipeline;
import java.util.Arrays;
import java.util.List;

/** Runs lines through pipelines, as a query would. */
final class Lines {
    private static final Labels STREAM = Labels.of("app", "a", "level", "info");

    private Lines() {}

    /** The stages of a log query for one stream. */
    static StreamPipeline stages(String stages) {
        if (!(LogQl.parse("{app=\"a\"} " + stages) instanceof LogExpr log)) {
            throw new IllegalArgumentException("no log query: " + stages);
        }
        return Pipeline.compile(log.stages()).forStream(STREAM);
    }

    static List<StreamPipeline> all(String... stages) {
        return Arrays.stream(stages).map(Lines::stages).toList();
    }

    /** The samples of a range aggregation for one stream. */
    static StreamExtractor samples(String query) {
        if (!(LogQl.parse(query) instanceof RangeAggregation range)) {
            throw new IllegalArgumentException("no range aggregation: " + query);
        }
        return SampleExtractor.compile(range, null).forStream(STREAM);
    }

    /** A row with some bytes before and behind it, which nobody may look at. */
    static EntryBatch batch(byte[] line, Labels metadata) {
        byte[] all = new byte[line.length + 6];
        Arrays.fill(all, (byte) '"');
        System.arraycopy(line, 0, all, 3, line.length);
        return new EntryBatch(new long[] {1_000_000_000L}, new int[] {3, 3 + line.length}, all, new int[1], new Labels[] {metadata}, 0, 1);
    }

    static void run(List<StreamPipeline> pipelines, EntryBatch batch) {
        for (StreamPipeline pipeline : pipelines) {
            pipeline.process(batch, false, (row, time, buffer, from, to, labels) -> {
                if (from < 0 || to < from || to > buffer.length || labels.all().size() > labels.stream().size() + labels.metadata().size() + labels.parsed().size()) {
                    throw new AssertionError("a line from " + from + " to " + to + " with " + labels);
                }
                return true;
            });
        }
    }
}
