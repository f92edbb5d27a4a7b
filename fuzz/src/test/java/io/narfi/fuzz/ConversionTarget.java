package io.narfi.fuzz;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.pipeline.StreamExtractor;
import io.narfi.logql.pipeline.StreamPipeline;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The value of a label: for conversions to numbers, sizes and durations, address filters, {@code decolorize} and {@code regexp}. */
public final class ConversionTarget {
    private static final List<StreamPipeline> PIPELINES = Lines.all(
            "| v > 5",
            "| v <= 5s",
            "| v != 5KB",
            "| v = ip(\"10.0.0.0/8\")",
            "| v = ip(\"2001:db8::-2001:db8::ffff\")",
            "|= ip(\"::1\")",
            "| decolorize",
            "| regexp \"(?P<x>\\\\w+)=(?P<y>.*?)(?P<z>k$)?\"",
            "|~ \"(?i)k[aé]\\\\b\" !~ \"^\\\\W+$\"",
            "| keep v=~\"(?s).*x.*\" | drop v!~\"a|b.*\"");
    private static final List<StreamExtractor> SAMPLES = List.of(
            Lines.samples("sum_over_time({app=\"a\"} | unwrap v [1m])"),
            Lines.samples("sum_over_time({app=\"a\"} | unwrap bytes(v) [1m])"),
            Lines.samples("sum_over_time({app=\"a\"} | unwrap duration(v) | __error__!=\"x\" [1m])"));

    private ConversionTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        EntryBatch batch = Lines.batch(data, Labels.of("v", new String(data, StandardCharsets.UTF_8)));
        Lines.run(PIPELINES, batch);
        for (StreamExtractor samples : SAMPLES) {
            samples.process(batch, (row, time, value, labels) -> true);
        }
    }
}
