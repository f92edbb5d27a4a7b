package io.narfi.logql.pipeline;

import io.narfi.logql.LabelFilter;
import io.narfi.logql.Stage;
import org.jspecify.annotations.Nullable;

/** Compiles the stages that run entry by entry. */
final class RowStages {
    private RowStages() {}

    /**
     * The stage, or null if it does nothing.
     *
     * @throws StageException if it cannot be built
     */
    static RowStage.@Nullable Factory compile(Stage stage) {
        return switch (stage) {
            case Stage.LineFilter _ -> throw new IllegalArgumentException("line filters run on batches: " + stage);
            case Stage.Json json ->
                json.extractions().isEmpty() ? _ -> new JsonStage() : JsonKeysStage.compile(json.extractions());
            case Stage.Logfmt l ->
                l.extractions().isEmpty() ? _ -> new LogfmtStage(l.strict(), l.keepEmpty()) : LogfmtKeysStage.compile(l.strict(), l.extractions());
            case Stage.Regexp(String pattern) -> RegexpStage.compile(pattern);
            case Stage.Pattern(String pattern) -> PatternStage.compile(pattern);
            case Stage.Unpack _ -> _ -> new UnpackStage();
            case Stage.Filter(LabelFilter filter) -> LabelFilters.compile(filter);
            case Stage.LineFormat(String template) -> LineFormatStage.compile(template);
            case Stage.LabelFormat format -> LabelFormatStage.compile(format.items());
            case Stage.Decolorize _ -> _ -> new DecolorizeStage();
            case Stage.Drop drop -> DropKeepStages.drop(drop.labels());
            case Stage.Keep keep -> DropKeepStages.keep(keep.labels());
        };
    }
}
