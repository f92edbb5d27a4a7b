package io.narfi.fuzz;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.StreamPipeline;
import java.util.List;

/** A line for {@code logfmt} in all its forms. */
public final class LogfmtLineTarget {
    private static final List<StreamPipeline> PIPELINES = Lines.all(
            "| logfmt",
            "| logfmt --strict",
            "| logfmt --keep-empty",
            "| logfmt --strict --keep-empty",
            "| logfmt a, b=\"c\"",
            "| logfmt --strict a, b=\"c\"",
            "| logfmt | a=\"b\" or level_extracted!=\"x\"");

    private LogfmtLineTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        Lines.run(PIPELINES, Lines.batch(data, Labels.of("trace", "1")));
    }
}
