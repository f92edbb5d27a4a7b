package io.narfi.logql.template;

import io.narfi.logql.template.Function.Body;
import io.narfi.logql.template.Function.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All functions by name. */
final class Functions {
    private static final Map<String, Function> ALL = all();

    private Functions() {}

    static boolean isDefined(String name) {
        return name.equals("and") || name.equals("or") || ALL.containsKey(name);
    }

    static @Nullable Function get(String name) {
        return ALL.get(name);
    }

    private static Map<String, Function> all() {
        Functions.Registry registry = new Registry();
        Builtins.register(registry);
        StringFunctions.register(registry);
        NumberFunctions.register(registry);
        TimeFunctions.register(registry);
        return Map.copyOf(registry.functions);
    }

    /** Collects functions. */
    static final class Registry {
        private final Map<String, Function> functions = new HashMap<>();

        void add(String name, Body body, Kind... parameters) {
            functions.put(name, new Function(name, List.of(parameters), null, body));
        }

        void addVariadic(String name, Kind rest, Body body, Kind... parameters) {
            functions.put(name, new Function(name, List.of(parameters), rest, body));
        }
    }

    static String string(@Nullable Object[] args, int i) {
        return args[i] instanceof String s ? s : "";
    }

    static long integer(@Nullable Object[] args, int i) {
        return args[i] instanceof GoInt n ? n.value() : 0;
    }

    static GoTime time(@Nullable Object[] args, int i) {
        return args[i] instanceof GoTime t ? t : GoTime.ZERO;
    }
}
