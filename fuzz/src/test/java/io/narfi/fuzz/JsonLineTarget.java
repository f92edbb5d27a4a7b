package io.narfi.fuzz;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.StreamPipeline;
import java.util.List;

/** A line for {@code json}, with and without keys, and for {@code unpack}. */
public final class JsonLineTarget {
    private static final List<StreamPipeline> PIPELINES = Lines.all(
            "| json", "| json a, b=\"c.d\", e=\"f[0]\", g=\"[\\\"h i\\\"]\"", "| unpack", "| json | __error__=\"\" | a=~\".+\"", "| unpack | json | drop app");

    private JsonLineTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        Lines.run(PIPELINES, Lines.batch(data, Labels.of("trace", "1")));
    }
}
