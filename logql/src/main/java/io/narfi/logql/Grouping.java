package io.narfi.logql;

import java.util.List;

/** {@code by (labels)} or {@code without (labels)}; the names stand as written, repeated ones too. */
public record Grouping(boolean without, List<String> labels) {
    public Grouping {
        labels = List.copyOf(labels);
    }
}
