package io.narfi.logql.pipeline;

import io.narfi.logql.template.Template;
import io.narfi.logql.template.TemplateException;
import io.narfi.logql.template.TemplateSyntaxException;
import java.util.Set;

/** What the two formatting stages share. */
final class Templates {
    static final String ERROR = "TemplateFormatErr";

    private Templates() {}

    /** The labels that a template reads by name; none if it is no template, which the stage reports. */
    static Set<String> fields(String text) {
        try {
            return Template.parse("label", text).fields();
        } catch (TemplateSyntaxException e) {
            return Set.of();
        }
    }

    /** Marks the entry; the rest of the pipeline goes on. */
    static void fail(LabelBuilder entry, TemplateException e) {
        entry.error = ERROR;
        entry.errorDetails = e.getMessage();
    }
}
