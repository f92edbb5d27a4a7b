package io.narfi.logql.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template sees of an entry: its labels as a map, its line and its time. Strings have a character per byte. */
public interface TemplateData {
    /** The value of a label, null if there is none. */
    @Nullable String label(String name);

    /** Names of all labels, ascending. */
    List<String> names();

    String line();

    /** In nanoseconds since the epoch. */
    long timestamp();
}
