package io.narfi.logql.pipeline;

import io.narfi.logql.template.GoStrings;
import io.narfi.logql.template.TemplateData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The current entry of a builder as templates see it. */
final class EntryData implements TemplateData {
    private final LabelBuilder entry;

    EntryData(LabelBuilder entry) {
        this.entry = entry;
    }

    @Override
    public @Nullable String label(String name) {
        String text = GoStrings.toText(name);
        if (text.equals(LabelBuilder.ERROR) && entry.error != null) {
            return GoStrings.ofText(entry.error);
        }
        if (text.equals(LabelBuilder.ERROR_DETAILS) && entry.errorDetails != null) {
            return GoStrings.ofText(entry.errorDetails);
        }
        return entry.find(entry.names.get(text)) ? GoStrings.ofBytes(entry.valueBuffer, entry.valueFrom, entry.valueTo) : null;
    }

    @Override
    public List<String> names() {
        List<String> out = new ArrayList<>();
        for (int i = 0; i < entry.stream.size(); i++) {
            if (entry.isStreamLabelVisible(i)) {
                out.add(GoStrings.ofText(entry.stream.name(i)));
            }
        }
        for (int i = 0; i < entry.metadataCount; i++) {
            Name name = entry.metadataNames[i];
            if (name != null) {
                out.add(GoStrings.ofText(name.text));
            }
        }
        for (int i = 0; i < entry.parsedCount; i++) {
            Name name = entry.parsedNames[i];
            if (name != null) {
                out.add(GoStrings.ofText(name.text));
            }
        }
        if (entry.error != null) {
            out.add(LabelBuilder.ERROR);
        }
        if (entry.errorDetails != null) {
            out.add(LabelBuilder.ERROR_DETAILS);
        }
        Collections.sort(out);
        return out;
    }

    @Override
    public String line() {
        return GoStrings.ofBytes(entry.line, entry.lineFrom, entry.lineTo);
    }

    @Override
    public long timestamp() {
        return entry.timestamp;
    }

    /** The labels as they are now, whatever is written later. */
    TemplateData snapshot() {
        Map<String, String> labels = new TreeMap<>();
        for (String name : names()) {
            String value = label(name);
            labels.put(name, value == null ? "" : value);
        }
        return new Snapshot(labels, this);
    }

    /** Labels of an earlier moment. */
    private record Snapshot(Map<String, String> labels, EntryData entry) implements TemplateData {
        @Override
        public @Nullable String label(String name) {
            return labels.get(name);
        }

        @Override
        public List<String> names() {
            return List.copyOf(labels.keySet());
        }

        @Override
        public String line() {
            return entry.line();
        }

        @Override
        public long timestamp() {
            return entry.timestamp();
        }
    }
}
