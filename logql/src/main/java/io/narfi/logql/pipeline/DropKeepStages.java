package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.Stage.LabelSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code | drop} and {@code | keep} (§6.13). */
final class DropKeepStages {
    private DropKeepStages() {}

    private record Item(Name name, @Nullable LabelMatcher matcher) {
        boolean matches(String value) {
            return matcher == null || matcher.matches(value);
        }
    }

    private static Item[] bind(List<LabelSpec> specs, LabelBuilder builder) {
        return specs.stream().map(s -> new Item(builder.names.pin(s.name()), s.matcher())).toArray(Item[]::new);
    }

    static RowStage.Factory drop(List<LabelSpec> specs) {
        return builder -> {
            Item[] items = bind(specs, builder);
            return entry -> {
                for (Item item : items) {
                    drop(entry, item);
                }
                return true;
            };
        };
    }

    private static void drop(LabelBuilder entry, Item item) {
        switch (item.name().text) {
            case LabelBuilder.ERROR -> {
                if (item.matches(entry.error == null ? "" : entry.error)) {
                    entry.error = null;
                }
            }
            case LabelBuilder.ERROR_DETAILS -> {
                if (item.matches(entry.errorDetails == null ? "" : entry.errorDetails)) {
                    entry.errorDetails = null;
                }
            }
            default -> {
                if (item.matcher() == null || item.matches(value(entry, item.name()))) {
                    entry.delete(item.name());
                }
            }
        }
    }

    private static String value(LabelBuilder entry, Name name) {
        return entry.find(name) ? new String(entry.valueBuffer, entry.valueFrom, entry.valueTo - entry.valueFrom, UTF_8) : "";
    }

    static RowStage.Factory keep(List<LabelSpec> specs) {
        return builder -> {
            Item[] items = bind(specs, builder);
            return entry -> {
                keep(entry, items);
                return true;
            };
        };
    }

    private static void keep(LabelBuilder entry, Item[] items) {
        for (int i = 0; i < entry.stream.size(); i++) {
            if (entry.isStreamLabelVisible(i)) {
                keepOrDelete(entry, entry.streamName(i), items);
            }
        }
        for (int i = 0; i < entry.metadataCount; i++) {
            Name name = entry.metadataNames[i];
            if (name != null) {
                keepOrDelete(entry, name, items);
            }
        }
        for (int i = 0; i < entry.parsedCount; i++) {
            Name name = entry.parsedNames[i];
            if (name != null && !name.text.equals(LabelBuilder.PRESERVE_ERROR)) {
                keepOrDelete(entry, name, items);
            }
        }
    }

    private static void keepOrDelete(LabelBuilder entry, Name name, Item[] items) {
        for (Item item : items) {
            if (item.name() == name && item.matches(value(entry, name))) {
                return;
            }
        }
        entry.delete(name);
    }
}
