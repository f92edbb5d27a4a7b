package io.narfi.logql.pipeline;

import io.narfi.common.Labels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The fields of lines whose form nobody told: those of {@code | json} if the line is an object, else those of {@code | logfmt}. Names that the
 * stream's labels have get {@code _extracted}, as in a query. For the lines of one stream, and one thread.
 */
public final class LineFields {
    /** How a line was read. */
    public enum Format {
        JSON,
        LOGFMT,
        /** It has no fields. */
        NONE
    }

    private final LabelBuilder builder;
    private final ResultCache results;
    private final Map<String, List<String>> paths = new HashMap<>();
    private final RowStage json = new JsonStage((target, path) -> paths.put(target.text, List.copyOf(path)));
    private final RowStage logfmt = new LogfmtStage(false, false);
    private Format format = Format.NONE;

    /** @param stream labels of the stream that the pipeline left as they are */
    public LineFields(Labels stream) {
        this.builder = new LabelBuilder(stream, ParserHints.NONE);
        this.results = new ResultCache(builder);
    }

    /** Reads a line. */
    public Format read(byte[] line) {
        format = Format.NONE;
        if (reads(json, line)) {
            format = Format.JSON;
        } else if (reads(logfmt, line) && builder.parsedLive > 0) {
            format = Format.LOGFMT;
        }
        return format;
    }

    private boolean reads(RowStage stage, byte[] line) {
        paths.clear();
        builder.reset(0, line, 0, line.length, Labels.EMPTY);
        return stage.run(builder) && builder.error == null;
    }

    /** The fields of the last line. */
    public Labels fields() {
        return format == Format.NONE ? Labels.EMPTY : results.get().parsed();
    }

    /** The keys that lead to a field of the last line, outermost first; none if it was no JSON. */
    public List<String> jsonPath(String field) {
        return format == Format.JSON ? paths.getOrDefault(field, List.of()) : List.of();
    }
}
