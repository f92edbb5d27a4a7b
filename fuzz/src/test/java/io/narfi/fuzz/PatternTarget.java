package io.narfi.fuzz;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.Stage;
import io.narfi.logql.pipeline.Pipeline;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A pattern, as a parser and as a line filter, and behind a line break a line for it. */
public final class PatternTarget {
    private PatternTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        byte[][] parts = Parts.split(data);
        String pattern = new String(parts[0], StandardCharsets.UTF_8);
        run(new Stage.Pattern(pattern), parts[1]);
        run(new Stage.LineFilter(Stage.LineOp.PATTERN, List.of(new Stage.LineArgument(false, pattern))), parts[1]);
        run(new Stage.LineFilter(Stage.LineOp.NOT_PATTERN, List.of(new Stage.LineArgument(false, pattern))), parts[1]);
    }

    private static void run(Stage stage, byte[] line) {
        Pipeline pipeline;
        try {
            pipeline = Pipeline.compile(List.of(stage));
        } catch (ApiException refused) {
            return;
        }
        Lines.run(List.of(pipeline.forStream(Labels.of("a", "b"))), Lines.batch(line, Labels.EMPTY));
    }
}
