package io.narfi.logql.pipeline;

import io.narfi.logql.LogQl;
import io.narfi.logql.Stage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The texts of stages that cannot be built (§3.2, 3.3). */
final class StageErrors {
    private StageErrors() {}

    static String text(List<Stage> stages, @Nullable String cause) {
        Stage first = stages.getFirst();
        if (first instanceof Stage.Regexp) {
            return "parse error : invalid regexp parser: " + cause;
        }
        if (first instanceof Stage.Pattern) {
            return "parse error : invalid pattern parser: " + cause;
        }
        return "parse error : stage '" + print(stages) + "' : " + cause;
    }

    private static String print(List<Stage> stages) {
        StringBuilder out = new StringBuilder();
        for (Stage stage : stages) {
            out.append(out.isEmpty() ? "" : " ").append(LogQl.print(stage));
        }
        return out.toString();
    }
}
