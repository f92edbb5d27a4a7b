package io.narfi.logql.pipeline;

import io.narfi.logql.template.Executor;
import io.narfi.logql.template.GoStrings;
import io.narfi.logql.template.Template;
import io.narfi.logql.template.TemplateException;
import io.narfi.logql.template.TemplateSyntaxException;

/** {@code | line_format "…"} (§6.11). */
final class LineFormatStage implements RowStage {
    private static final byte[] NONE = {};

    private final Executor executor;
    private final EntryData data;

    private LineFormatStage(Executor executor, EntryData data) {
        this.executor = executor;
        this.data = data;
    }

    /** @throws StageException if the text is no template */
    static RowStage.Factory compile(String text) {
        Template template;
        try {
            template = Template.parse("line", text);
        } catch (TemplateSyntaxException e) {
            throw new StageException("invalid line template: " + e.getMessage());
        }
        String field = template.plainField();
        if (field != null) {
            return builder -> lookUp(builder.names.pin(field));
        }
        return builder -> new LineFormatStage(template.executor(), new EntryData(builder));
    }

    private static RowStage lookUp(Name name) {
        return entry -> {
            if (entry.find(name)) {
                entry.setLine(entry.valueBuffer, entry.valueFrom, entry.valueTo);
            } else {
                entry.setLine(NONE, 0, 0);
            }
            return true;
        };
    }

    @Override
    public boolean run(LabelBuilder entry) {
        try {
            byte[] line = GoStrings.toBytes(executor.run(data));
            entry.setLine(line, 0, line.length);
        } catch (TemplateException e) {
            Templates.fail(entry, e);
        }
        return true;
    }
}
