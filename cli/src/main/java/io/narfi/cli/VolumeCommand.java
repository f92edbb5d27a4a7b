package io.narfi.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code volume}: bytes by label. */
@Command(
        name = "volume",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {"Print how many bytes the streams of a selector hold, by label, as JSON.", ""})
final class VolumeCommand extends ClientCommand {
    @Mixin
    private VolumeOptions options = new VolumeOptions();

    @Override
    void run(ApiClient api) {
        QueryAnswer answer = QueryAnswer.of(api.json("/loki/api/v1/index/volume", options.params(cli())));
        tell(answer);
        printMetric(answer);
    }
}
