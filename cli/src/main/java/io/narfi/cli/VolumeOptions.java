package io.narfi.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code volume} and {@code volume_range} share. */
final class VolumeOptions {
    @Parameters(paramLabel = "SELECTOR", description = "Which streams; {} for all.")
    private String selector = "";

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Option(names = "--limit", paramLabel = "N", description = "Series to print at most (default: 30).")
    private int limit = 30;

    @Option(names = {"--targetLabels", "--target-labels"}, split = ",", paramLabel = "NAME", description = "Sum up by these labels; separated by commas.")
    private List<String> targetLabels = new ArrayList<>();

    @Option(names = {"--aggregateByLabels", "--aggregate-by-labels"}, description = "Sum up by the names of labels, not by their values.")
    private boolean aggregateByLabels;

    Params params(Cli cli) {
        Params params = range.range(cli).addTo(new Params().add("query", selector)).add("limit", limit);
        return params.addIf("targetLabels", String.join(",", targetLabels)).addIf("aggregateBy", aggregateByLabels ? "labels" : "");
    }
}
