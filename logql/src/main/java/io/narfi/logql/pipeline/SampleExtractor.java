package io.narfi.logql.pipeline;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.Grouping;
import io.narfi.logql.LogRange;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.MetricExpr.VectorOp;
import io.narfi.logql.Stage;
import io.narfi.logql.Unwrap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows into the samples of a range aggregation (§8, 9.2, 9.3): runs the stages, extracting only labels that the query needs, and gives
 * each sample the labels of its series, already reduced to the grouping where that is exact. Samples with an {@code __error__} keep all their
 * labels. Safe from any thread.
 */
public final class SampleExtractor {
    private final CompiledStages stages;
    private final List<RowStage.Factory> unwrapFilters;
    private final ParserHints hints;
    private final SampleLabels labels;
    private final Value value;
    private final @Nullable Unwrap unwrap;

    /** What a sample's value is. */
    enum Value {
        ONE,
        BYTES,
        UNWRAPPED
    }

    private SampleExtractor(CompiledStages stages, ParserHints hints, SampleLabels labels, Value value, @Nullable Unwrap unwrap) {
        this.stages = stages;
        this.hints = hints;
        this.labels = labels;
        this.value = value;
        this.unwrap = unwrap;
        this.unwrapFilters = unwrap == null ? List.of() : LabelFilters.compileAll(unwrap.filters());
    }

    /**
     * @param parent the aggregation directly around the range aggregation, null if there is none; a {@code sum} lets the extractor reduce the
     *     labels of series, which its caller then sums
     * @throws ApiException 400 with Loki's text if a stage cannot be built
     */
    public static SampleExtractor compile(RangeAggregation range, @Nullable VectorAggregation parent) {
        LogRange log = range.range();
        List<Stage> stages = withoutUselessLineFormats(range.op(), log.log().stages());
        SampleLabels labels = labels(range, parent);
        CompiledStages compiled = CompiledStages.compile(stages);
        ParserHints hints = NeededLabels.hints(stages, log.unwrap(), labels, compiled.earlyTests());
        return new SampleExtractor(compiled, hints, labels, value(range.op(), log.unwrap()), log.unwrap());
    }

    private static Value value(RangeOp op, @Nullable Unwrap unwrap) {
        if (unwrap != null) {
            return Value.UNWRAPPED;
        }
        return op == RangeOp.BYTES_OVER_TIME || op == RangeOp.BYTES_RATE ? Value.BYTES : Value.ONE;
    }

    private static SampleLabels labels(RangeAggregation range, @Nullable VectorAggregation parent) {
        Grouping own = range.grouping();
        if (range.op() == RangeOp.ABSENT_OVER_TIME) {
            return SampleLabels.NONE;
        }
        if (own == null && parent != null && parent.op() == VectorOp.SUM && isSummable(range.op())) {
            Grouping outer = parent.grouping();
            return outer == null ? SampleLabels.NONE : SampleLabels.of(outer);
        }
        return own == null ? SampleLabels.ALL : SampleLabels.of(own);
    }

    private static boolean isSummable(RangeOp op) {
        return switch (op) {
            case COUNT_OVER_TIME, RATE, BYTES_OVER_TIME, BYTES_RATE, SUM_OVER_TIME -> true;
            case RATE_COUNTER, AVG_OVER_TIME, MIN_OVER_TIME, MAX_OVER_TIME, STDVAR_OVER_TIME, STDDEV_OVER_TIME, QUANTILE_OVER_TIME,
                    FIRST_OVER_TIME, LAST_OVER_TIME, ABSENT_OVER_TIME -> false;
        };
    }

    /** §8.4: where bytes are not counted, a {@code line_format} that no parser or line filter follows is left out. */
    private static List<Stage> withoutUselessLineFormats(RangeOp op, List<Stage> stages) {
        if (op == RangeOp.BYTES_OVER_TIME || op == RangeOp.BYTES_RATE) {
            return stages;
        }
        List<Stage> out = new ArrayList<>();
        boolean lineMatters = false;
        for (Stage stage : stages.reversed()) {
            if (stage instanceof Stage.LineFormat && !lineMatters) {
                continue;
            }
            lineMatters |= stage instanceof Stage.LineFilter || NeededLabels.isParser(stage);
            out.addFirst(stage);
        }
        return out;
    }

    /** The extractor of one stream; for one thread, and as many batches as there are. */
    public StreamExtractor forStream(Labels stream) {
        LabelBuilder builder = new LabelBuilder(stream, hints);
        return new StreamExtractor(stages, hints.skipParsers(), unwrapFilters, builder, labels.bind(builder, unwrap), value, unwrap);
    }
}
