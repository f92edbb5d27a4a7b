package io.narfi.logql.pipeline;

import io.narfi.logql.Stage.LabelFormatItem;
import io.narfi.logql.template.Executor;
import io.narfi.logql.template.GoStrings;
import io.narfi.logql.template.Template;
import io.narfi.logql.template.TemplateData;
import io.narfi.logql.template.TemplateException;
import io.narfi.logql.template.TemplateSyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code | label_format a=b,c="…"} (§6.11). */
final class LabelFormatStage implements RowStage {
    private final Item[] items;
    private final EntryData data;

    /** A rename has a source, a template its executor. */
    private record Item(Name target, @Nullable Name source, @Nullable Executor executor) {}

    /** An item before it is bound to a stream. */
    private record Compiled(String target, @Nullable String source, @Nullable Template template) {}

    private LabelFormatStage(Item[] items, EntryData data) {
        this.items = items;
        this.data = data;
    }

    /** @throws StageException if a text is no template, or a name cannot be written */
    static RowStage.Factory compile(List<LabelFormatItem> written) {
        List<Compiled> compiled = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (LabelFormatItem item : written) {
            if (item.name().equals(LabelBuilder.ERROR)) {
                throw new StageException("__error__ cannot be formatted");
            }
            if (!seen.add(item.name())) {
                throw new StageException("multiple label name '" + item.name() + "' not allowed in a single format operation");
            }
        }
        for (LabelFormatItem item : written) {
            try {
                compiled.add(item.rename()
                        ? new Compiled(item.name(), item.value(), null)
                        : new Compiled(item.name(), null, Template.parse("label", item.value())));
            } catch (TemplateSyntaxException e) {
                throw new StageException("invalid template for label '" + item.name() + "': " + e.getMessage());
            }
        }
        return builder -> {
            Item[] items = new Item[compiled.size()];
            for (int i = 0; i < items.length; i++) {
                Compiled c = compiled.get(i);
                Name source = c.source() == null ? null : builder.names.pin(c.source());
                items[i] = new Item(builder.names.pin(c.target()), source, c.template() == null ? null : c.template().executor());
            }
            return new LabelFormatStage(items, new EntryData(builder));
        };
    }

    @Override
    public boolean run(LabelBuilder entry) {
        TemplateData captured = null;
        for (Item item : items) {
            if (item.executor() == null) {
                rename(entry, item.target(), item.source());
                continue;
            }
            if (captured == null) {
                captured = items.length > 1 ? data.snapshot() : data;
            }
            try {
                byte[] value = GoStrings.toBytes(item.executor().run(captured));
                entry.set(item.target(), value, 0, value.length);
                entry.claim(item.target());
            } catch (TemplateException e) {
                Templates.fail(entry, e);
            }
        }
        return true;
    }

    private static void rename(LabelBuilder entry, Name target, @Nullable Name source) {
        if (source != null && entry.find(source)) {
            entry.set(target, entry.valueBuffer, entry.valueFrom, entry.valueTo);
            entry.claim(target);
            entry.delete(source);
        }
    }
}
