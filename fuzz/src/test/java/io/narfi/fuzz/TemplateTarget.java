package io.narfi.fuzz;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.logql.Stage;
import io.narfi.logql.pipeline.Pipeline;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A template, rendered over a few labels and a line. */
public final class TemplateTarget {
    private static final byte[] LINE = "{\"a\":[1,{\"b\":\"c d\"}],\"n\":1.5} level=info".getBytes(StandardCharsets.UTF_8);
    private static final Labels METADATA = Labels.of("a", "x y", "n", "7", "t", "1700000000", "j", "{\"k\":[true,null]}");

    private TemplateTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String template = new String(data, StandardCharsets.UTF_8);
        Pipeline pipeline;
        try {
            pipeline = Pipeline.compile(List.of(
                    new Stage.LabelFormat(List.of(new Stage.LabelFormatItem("out", false, template))), new Stage.LineFormat(template)));
        } catch (ApiException refused) {
            return;
        }
        Lines.run(List.of(pipeline.forStream(Labels.of("app", "a"))), Lines.batch(LINE, METADATA));
    }
}
