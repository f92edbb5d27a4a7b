package io.narfi.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code volume_range}: bytes by label over time. */
@Command(
        name = "volume_range",
        aliases = "volume-range",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print how many bytes the streams of a selector took in over time, by label, as JSON.", ""})
final class VolumeRangeCommand extends ClientCommand {
    @Mixin
    private VolumeOptions options = new VolumeOptions();

    @Option(names = "--step", paramLabel = "DURATION", converter = DurationConverter.class, description = "Step (default: a 250th of the range).")
    private @Nullable Long step;

    @Override
    void run(ApiClient api) {
        Params params = options.params(cli()).addIf("step", QueryCommand.seconds(step));
        QueryAnswer answer = QueryAnswer.of(api.json("/loki/api/v1/index/volume_range", params));
        tell(answer);
        printMetric(answer);
    }
}
