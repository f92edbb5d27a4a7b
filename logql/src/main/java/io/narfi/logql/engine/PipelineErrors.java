package io.narfi.logql.engine;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import org.jspecify.annotations.Nullable;

/** Refuses results of lines that a stage failed on (logql.md §3.4, 9.3). */
final class PipelineErrors {
    static final String ERROR = "__error__";
    private static final String PRESERVE = "__preserve_error__";

    private PipelineErrors() {}

    /** @throws ApiException 400 for the first step with such a series, and of its series the first */
    static void check(StepMatrix matrix) {
        StepRow worst = null;
        for (StepRow row : matrix.rows()) {
            if (isError(row.labels()) && isEarlier(row, worst)) {
                worst = row;
            }
        }
        if (worst != null) {
            throw refusal(worst.labels());
        }
    }

    private static boolean isEarlier(StepRow row, @Nullable StepRow than) {
        return than == null || row.firstStep() < than.firstStep();
    }

    private static boolean isError(Labels labels) {
        return !labels.getOrEmpty(ERROR).isEmpty() && !labels.getOrEmpty(PRESERVE).equals("true");
    }

    private static ApiException refusal(Labels labels) {
        String error = labels.getOrEmpty(ERROR);
        return ApiException.badRequest("pipeline error: '" + error + "' for series: '" + labels + "'.\n"
                + "Use a label filter to intentionally skip this error. (e.g | __error__!=\"" + error + "\").\n"
                + "To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n"
                + "The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n");
    }
}
