package io.narfi.logql.pipeline;

import io.narfi.logql.LabelFilter;
import io.narfi.logql.Stage;
import io.narfi.logql.Unwrap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds which labels a metric query needs (§8.2). */
final class NeededLabels {
    private static final String SUFFIX = "_extracted";

    private NeededLabels() {}

    static boolean isParser(Stage stage) {
        return stage instanceof Stage.Json
                || stage instanceof Stage.Logfmt
                || stage instanceof Stage.Regexp
                || stage instanceof Stage.Pattern
                || stage instanceof Stage.Unpack;
    }

    static ParserHints hints(List<Stage> stages, @Nullable Unwrap unwrap, SampleLabels labels, Map<String, LabelTest> early) {
        if (!labels.by()) {
            return new ParserHints(false, null, false, early);
        }
        Set<String> needed = new TreeSet<>(labels.names());
        for (Stage stage : stages) {
            switch (stage) {
                case Stage.Filter(LabelFilter filter) -> LabelFilters.names(filter, needed::add);
                case Stage.LabelFormat format -> {
                    for (Stage.LabelFormatItem item : format.items()) {
                        if (item.rename()) {
                            needed.add(item.value());
                        } else {
                            needed.addAll(Templates.fields(item.value()));
                        }
                    }
                }
                case Stage.LineFormat(String template) -> needed.addAll(Templates.fields(template));
                case Stage.LineFilter _, Stage.Json _, Stage.Logfmt _, Stage.Regexp _, Stage.Pattern _, Stage.Unpack _, Stage.Decolorize _,
                        Stage.Drop _, Stage.Keep _ -> {
                    // names no label that the query needs
                }
            }
        }
        if (unwrap != null) {
            needed.add(unwrap.label());
            for (LabelFilter filter : unwrap.filters()) {
                LabelFilters.names(filter, needed::add);
            }
        }
        for (String name : List.copyOf(needed)) {
            if (name.endsWith(SUFFIX)) {
                needed.add(name.substring(0, name.length() - SUFFIX.length()));
            }
        }
        return needed.isEmpty()
                ? new ParserHints(true, null, false, Map.of())
                : new ParserHints(false, needed, needed.contains(LabelBuilder.ERROR), Map.of());
    }
}
