package io.narfi.logql.template;

import io.narfi.logql.template.Function.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The functions of {@code text/template} itself; {@code and} and {@code or} are {@link Pipelines}', as they skip arguments. */
final class Builtins {
    private Builtins() {}

    static void register(Functions.Registry r) {
        r.add("not", (a, _) -> !Values.truth(a[0]), Kind.ANY);
        r.add("len", (a, _) -> GoInt.of(length(a[0])), Kind.ANY);
        r.addVariadic("index", Kind.ANY, (a, _) -> index(a), Kind.ANY);
        r.addVariadic("slice", Kind.ANY, (a, _) -> slice(a), Kind.ANY);
        r.addVariadic("call", Kind.ANY, (a, _) -> {
            throw new TemplateException("non-function of type " + Values.type(a[0]));
        }, Kind.ANY);
        r.addVariadic("print", Kind.ANY, (a, _) -> sprint(Arrays.asList(a)));
        r.addVariadic("println", Kind.ANY, (a, _) -> sprintln(Arrays.asList(a)));
        r.addVariadic("printf", Kind.ANY, (a, run) -> Printf.format(Functions.string(a, 0), Arrays.asList(a).subList(1, a.length), run.limit()), Kind.STRING);
        r.addVariadic("html", Kind.ANY, (a, _) -> Escapes.html(joined(a)));
        r.addVariadic("js", Kind.ANY, (a, _) -> Escapes.js(joined(a)));
        r.addVariadic("urlquery", Kind.ANY, (a, _) -> Escapes.urlQuery(joined(a)));
        r.addVariadic("eq", Kind.ANY, (a, _) -> equalToAny(a), Kind.ANY);
        r.add("ne", (a, _) -> !equal(a[0], a[1]), Kind.ANY, Kind.ANY);
        r.add("lt", (a, _) -> ordered(a, c -> c < 0), Kind.ANY, Kind.ANY);
        r.add("le", (a, _) -> ordered(a, c -> c <= 0), Kind.ANY, Kind.ANY);
        r.add("gt", (a, _) -> ordered(a, c -> c > 0 && c != UNORDERED), Kind.ANY, Kind.ANY);
        r.add("ge", (a, _) -> ordered(a, c -> c >= 0 && c != UNORDERED), Kind.ANY, Kind.ANY);
    }

    private static final int UNORDERED = 2;

    private static long length(@Nullable Object v) throws TemplateException {
        return switch (v) {
            case null -> throw new TemplateException("len of nil pointer");
            case String s -> s.length();
            case TemplateData data -> data.names().size();
            case Map<?, ?> m -> m.size();
            case List<?> list -> list.size();
            default -> throw new TemplateException("len of type " + Values.type(v));
        };
    }

    private static @Nullable Object index(@Nullable Object[] a) throws TemplateException {
        Object item = a[0];
        if (item == null) {
            throw new TemplateException("index of untyped nil");
        }
        for (int i = 1; i < a.length; i++) {
            Object key = a[i];
            item = switch (item) {
                case null -> throw new TemplateException("index of nil pointer");
                case String s -> new GoInt(s.charAt(place(key, s.length() - 1)), "uint8");
                case List<?> list -> list.get(place(key, list.size() - 1));
                case TemplateData data -> {
                    String value = data.label(mapKey(key));
                    yield value == null ? "" : value;
                }
                case Map<?, ?> m -> m.get(mapKey(key));
                default -> throw new TemplateException("can't index item of type " + Values.type(item));
            };
        }
        return item;
    }

    private static String mapKey(@Nullable Object key) throws TemplateException {
        if (key instanceof String s) {
            return s;
        }
        throw new TemplateException(key == null ? "value is nil; should be of type string" : "value has type " + Values.type(key) + "; should be string");
    }

    private static int place(@Nullable Object key, int max) throws TemplateException {
        if (key == null) {
            throw new TemplateException("cannot index slice/array with nil");
        }
        if (!(key instanceof GoInt n)) {
            throw new TemplateException("cannot index slice/array with type " + Values.type(key));
        }
        if (n.value() < 0 || n.value() > max) {
            throw new TemplateException("index out of range: " + n.value());
        }
        return (int) n.value();
    }

    private static Object slice(@Nullable Object[] a) throws TemplateException {
        Object item = a[0];
        if (item == null) {
            throw new TemplateException("slice of untyped nil");
        }
        if (a.length > 4) {
            throw new TemplateException("too many slice indexes: " + (a.length - 1));
        }
        int size;
        if (item instanceof String s) {
            if (a.length == 4) {
                throw new TemplateException("cannot 3-index slice a string");
            }
            size = s.length();
        } else if (item instanceof List<?> list) {
            size = list.size();
        } else {
            throw new TemplateException("can't slice item of type " + Values.type(item));
        }
        int from = a.length > 1 ? place(a[1], size) : 0;
        int to = a.length > 2 ? place(a[2], size) : size;
        if (from > to) {
            throw new TemplateException("invalid slice index: " + from + " > " + to);
        }
        return item instanceof String s ? s.substring(from, to) : ((List<?>) item).subList(from, to);
    }

    /** {@code fmt.Sprint}: a blank between two operands that are no strings. */
    static String sprint(List<@Nullable Object> args) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < args.size(); i++) {
            if (i > 0 && !(args.get(i) instanceof String) && !(args.get(i - 1) instanceof String)) {
                out.append(' ');
            }
            out.append(GoFormat.print(args.get(i)));
        }
        return out.toString();
    }

    private static String sprintln(List<@Nullable Object> args) {
        List<String> texts = new ArrayList<>();
        for (Object arg : args) {
            texts.add(GoFormat.print(arg));
        }
        return String.join(" ", texts) + "\n";
    }

    private static String joined(@Nullable Object[] a) {
        return a.length == 1 && a[0] instanceof String s ? s : sprint(Arrays.asList(a));
    }

    private static Object equalToAny(@Nullable Object[] a) throws TemplateException {
        if (a.length == 1) {
            throw new TemplateException("missing argument for comparison");
        }
        for (int i = 1; i < a.length; i++) {
            if (equal(a[0], a[i])) {
                return true;
            }
        }
        return false;
    }

    private static String kind(@Nullable Object v) {
        return switch (v) {
            case GoInt _ -> "int";
            case Double _ -> "float";
            case String _ -> "string";
            case Boolean _ -> "bool";
            case null -> "nil";
            default -> "other";
        };
    }

    private static boolean equal(@Nullable Object a, @Nullable Object b) throws TemplateException {
        if (!kind(a).equals(kind(b))) {
            if (a == null || b == null) {
                return false;
            }
            throw new TemplateException("incompatible types for comparison: " + Values.type(a) + " and " + Values.type(b));
        }
        return switch (a) {
            case null -> true;
            case GoInt n -> b instanceof GoInt m && n.value() == m.value();
            case Double d -> b instanceof Double e && (double) d == (double) e;
            case GoTime t -> b instanceof GoTime u && t.value().equals(u.value());
            case Map<?, ?> _, List<?> _, TemplateData _ ->
                throw new TemplateException("non-comparable type " + GoFormat.print(a) + ": " + Values.type(a));
            default -> a.equals(b);
        };
    }

    private static Object ordered(@Nullable Object[] a, IntPredicate order) throws TemplateException {
        Object left = a[0];
        Object right = a[1];
        if (!kind(left).equals(kind(right))) {
            if (kind(left).equals("other") || left == null || kind(right).equals("other") || right == null) {
                throw new TemplateException("invalid type for comparison");
            }
            throw new TemplateException("incompatible types for comparison");
        }
        return switch (left) {
            case GoInt n when right instanceof GoInt m -> order.test(Long.compare(n.value(), m.value()));
            case Double d when right instanceof Double e ->
                order.test(Double.isNaN(d) || Double.isNaN(e) ? UNORDERED : d < e ? -1 : d > e ? 1 : 0);
            case String s when right instanceof String t -> order.test(Integer.signum(s.compareTo(t)));
            case null, default -> throw new TemplateException("invalid type for comparison");
        };
    }
}
