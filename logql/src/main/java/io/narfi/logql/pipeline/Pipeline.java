package io.narfi.logql.pipeline;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.Stage;
import java.util.List;

/** The compiled stages of a log query. Safe from any thread. */
public final class Pipeline {
    private final CompiledStages stages;
    private final ParserHints hints;

    private Pipeline(CompiledStages stages, ParserHints hints) {
        this.stages = stages;
        this.hints = hints;
    }

    /** @throws ApiException 400 with Loki's text if a stage cannot be built */
    public static Pipeline compile(List<Stage> stages) {
        CompiledStages compiled = CompiledStages.compile(stages);
        return new Pipeline(compiled, new ParserHints(false, null, false, compiled.earlyTests()));
    }

    /** What has to be read of each row. */
    public Columns columns() {
        return Columns.LINES;
    }

    /** Whether every entry passes unchanged. */
    public boolean isEmpty() {
        return stages.isEmpty();
    }

    /** The pipeline of one stream; for one thread, and as many batches as there are. */
    public StreamPipeline forStream(Labels stream) {
        return new StreamPipeline(stages, new LabelBuilder(stream, hints));
    }
}
