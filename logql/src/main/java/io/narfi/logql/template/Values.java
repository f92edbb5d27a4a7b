package io.narfi.logql.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Go's reflection says of a value. */
final class Values {
    private Values() {}

    static String type(@Nullable Object v) {
        return switch (v) {
            case null -> "<nil>";
            case String _ -> "string";
            case GoInt i -> i.type();
            case Double _ -> "float64";
            case Boolean _ -> "bool";
            case TemplateData _ -> "map[string]string";
            case Map<?, ?> _ -> "map[string]interface {}";
            case List<?> _ -> "[]interface {}";
            case GoTime _ -> "time.Time";
            default -> throw new IllegalStateException("no such value: " + v.getClass());
        };
    }

    static boolean truth(@Nullable Object v) {
        return switch (v) {
            case null -> false;
            case String s -> !s.isEmpty();
            case GoInt i -> i.value() != 0;
            case Double d -> d != 0;
            case Boolean b -> b;
            case TemplateData data -> !data.names().isEmpty();
            case Map<?, ?> m -> !m.isEmpty();
            case List<?> list -> !list.isEmpty();
            default -> true;
        };
    }
}
