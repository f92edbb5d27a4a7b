package io.narfi.logql.template;

import io.narfi.logql.template.Function.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates pipelines: commands, fields, functions and their arguments. */
final class Pipelines {
    private static final Object MISSING = new Object();

    private final Execution run;

    Pipelines(Execution run) {
        this.run = run;
    }

    /** Its value, given to its variables as well. */
    @Nullable Object pipeline(@Nullable Object dot, Node.Pipe pipe) throws TemplateException {
        run.at(pipe);
        Object value = MISSING;
        for (Node.Command command : pipe.commands()) {
            value = command(dot, command, value);
        }
        for (String name : pipe.variables()) {
            if (pipe.assign()) {
                run.variable(name).value = value;
            } else {
                run.declare(name, value);
            }
        }
        return value;
    }

    private @Nullable Object command(@Nullable Object dot, Node.Command command, @Nullable Object last) throws TemplateException {
        List<Node> args = command.args();
        Node first = args.getFirst();
        return switch (first) {
            case Node.Field f -> {
                run.at(f);
                yield fields(dot, f.names(), args, last);
            }
            case Node.Chain c -> chain(dot, c, args, last);
            case Node.Identifier id -> function(dot, id, command, args, last);
            case Node.Pipe p -> {
                notAFunction(args, last);
                yield pipeline(dot, p);
            }
            case Node.Variable v -> variable(v, args, last);
            default -> {
                run.at(first);
                notAFunction(args, last);
                yield value(dot, first);
            }
        };
    }

    private @Nullable Object value(@Nullable Object dot, Node word) throws TemplateException {
        return switch (word) {
            case Node.Bool b -> b.value();
            case Node.Dot _ -> dot;
            case Node.Numeral n -> constant(n);
            case Node.Quoted q -> q.value();
            case Node.Nil _ -> throw run.error("nil is not a command");
            default -> throw run.error("can't evaluate command " + GoFormat.quote(word.toString()));
        };
    }

    private void notAFunction(List<Node> args, @Nullable Object last) throws TemplateException {
        if (args.size() > 1 || last != MISSING) {
            throw run.error("can't give argument to non-function " + args.getFirst());
        }
    }

    private static Object constant(Node.Numeral n) {
        if (n.isReal() && n.real() != null) {
            return n.real();
        }
        return GoInt.of(n.integer() == null ? 0 : n.integer());
    }

    private @Nullable Object variable(Node.Variable v, List<Node> args, @Nullable Object last) throws TemplateException {
        run.at(v);
        Object value = run.variable(v.name()).value;
        if (v.fields().isEmpty()) {
            notAFunction(args, last);
            return value;
        }
        return fields(value, v.fields(), args, last);
    }

    private @Nullable Object chain(@Nullable Object dot, Node.Chain c, List<Node> args, @Nullable Object last) throws TemplateException {
        run.at(c);
        if (c.node() instanceof Node.Nil) {
            throw run.error("indirection through explicit nil in " + c);
        }
        Object value = argument(dot, c.node(), Kind.ANY);
        run.back(c);
        return fields(value, c.fields(), args, last);
    }

    private @Nullable Object fields(@Nullable Object receiver, List<String> names, List<Node> args, @Nullable Object last) throws TemplateException {
        Object value = receiver;
        Node here = run.node();
        for (int i = 0; i < names.size(); i++) {
            boolean hasArgs = i == names.size() - 1 && (args.size() > 1 || last != MISSING);
            run.back(here);
            if (value == null && i > 0) {
                throw run.error("nil pointer evaluating interface {}." + names.get(i));
            }
            value = field(value, names.get(i), hasArgs, args, last);
        }
        return value;
    }

    private @Nullable Object field(@Nullable Object receiver, String name, boolean hasArgs, List<Node> args, @Nullable Object last) throws TemplateException {
        return switch (receiver) {
            case null -> null;
            case TemplateData labels -> {
                notAMethod(name, hasArgs);
                String value = labels.label(name);
                yield value == null ? "" : value;
            }
            case Map<?, ?> map -> {
                notAMethod(name, hasArgs);
                yield map.get(name);
            }
            case GoTime t when name.equals("Format") && hasArgs -> {
                Object layout = args.size() > 1 ? argument(receiver, args.get(1), Kind.STRING) : last;
                yield TimeLayout.format(layout instanceof String s ? s : "", t.value());
            }
            case GoTime t -> {
                Object value = TimeFunctions.method(t, name);
                if (value == null) {
                    throw run.error("can't evaluate field " + name + " in type time.Time");
                }
                yield value;
            }
            default -> throw run.error("can't evaluate field " + name + " in type " + Values.type(receiver));
        };
    }

    private void notAMethod(String name, boolean hasArgs) throws TemplateException {
        if (hasArgs) {
            throw run.error(name + " is not a method but has arguments");
        }
    }

    private @Nullable Object function(@Nullable Object dot, Node.Identifier id, Node command, List<Node> args, @Nullable Object last) throws TemplateException {
        run.at(id);
        if (id.name().equals("and") || id.name().equals("or")) {
            return andOr(dot, id.name(), args, last);
        }
        Function f = Functions.get(id.name());
        if (f == null) {
            throw run.error(GoFormat.quote(id.name()) + " is not a defined function");
        }
        int fixed = f.parameters().size();
        int given = args.size() - 1 + (last == MISSING ? 0 : 1);
        if (f.rest() != null ? given < fixed : given != fixed) {
            throw run.error("wrong number of args for " + f.name() + ": want " + (f.rest() != null ? "at least " + fixed + " got " + (args.size() - 1) : fixed + " got " + given));
        }
        @Nullable Object[] values = new Object[given];
        for (int i = 1; i < args.size(); i++) {
            values[i - 1] = argument(dot, args.get(i), kind(f, i - 1));
        }
        if (last != MISSING) {
            values[given - 1] = piped(last, kind(f, given - 1));
        }
        run.work(bytes(values));
        Object result;
        try {
            result = f.body().call(values, run);
            if (result instanceof String s) {
                run.check(s.length());
            }
        } catch (TemplateException e) {
            run.back(command);
            throw run.error("error calling " + f.name() + ": " + e.getMessage());
        }
        run.work(bytes(result));
        return result;
    }

    private static long bytes(@Nullable Object... values) {
        long bytes = 0;
        for (Object value : values) {
            bytes += value instanceof String s ? s.length() : 0;
        }
        return bytes;
    }

    private static Kind kind(Function f, int i) {
        Kind rest = f.rest();
        return i < f.parameters().size() || rest == null ? f.parameters().get(i) : rest;
    }

    /** The first argument that decides, else the last. */
    private @Nullable Object andOr(@Nullable Object dot, String name, List<Node> args, @Nullable Object last) throws TemplateException {
        if (args.size() == 1 && last == MISSING) {
            throw run.error("wrong number of args for " + name + ": want at least 1 got 0");
        }
        Object value = last;
        for (int i = 1; i < args.size(); i++) {
            value = argument(dot, args.get(i), Kind.ANY);
            if (Values.truth(value) == name.equals("or")) {
                return value;
            }
        }
        return last == MISSING ? value : last;
    }

    private @Nullable Object piped(@Nullable Object value, Kind kind) throws TemplateException {
        if (value == null && kind != Kind.ANY) {
            throw run.error("invalid value; expected " + kind.type);
        }
        return typed(value, kind);
    }

    private @Nullable Object typed(@Nullable Object value, Kind kind) throws TemplateException {
        boolean fits =
                switch (kind) {
                    case ANY -> true;
                    case STRING -> value instanceof String;
                    case INT -> value instanceof GoInt n && n.type().equals("int");
                    case FLOAT -> value instanceof Double;
                    case TIME -> value instanceof GoTime;
                };
        if (!fits) {
            String got = value == null ? "interface {}" : Values.type(value);
            throw run.error("wrong type for value; expected " + kind.type + "; got " + got);
        }
        return value;
    }

    private @Nullable Object argument(@Nullable Object dot, Node arg, Kind kind) throws TemplateException {
        run.at(arg);
        return switch (arg) {
            case Node.Dot _ -> typed(dot, kind);
            case Node.Nil _ -> {
                if (kind != Kind.ANY) {
                    throw run.error("cannot assign nil to " + kind.type);
                }
                yield null;
            }
            case Node.Field f -> typed(fields(dot, f.names(), List.of(arg), MISSING), kind);
            case Node.Variable v -> typed(variable(v, List.of(arg), MISSING), kind);
            case Node.Pipe p -> {
                Object value = pipeline(dot, p);
                yield value == null ? piped(null, kind) : typed(value, kind);
            }
            case Node.Identifier id -> typed(function(dot, id, arg, List.of(arg), MISSING), kind);
            case Node.Chain c -> typed(chain(dot, c, List.of(arg), MISSING), kind);
            default -> literal(arg, kind);
        };
    }

    private Object literal(Node arg, Kind kind) throws TemplateException {
        return switch (kind) {
            case STRING -> {
                if (arg instanceof Node.Quoted q) {
                    yield q.value();
                }
                throw run.error("expected string; found " + arg);
            }
            case INT -> {
                if (arg instanceof Node.Numeral n && n.integer() != null) {
                    yield GoInt.of(n.integer());
                }
                throw run.error("expected integer; found " + arg);
            }
            case FLOAT -> {
                if (arg instanceof Node.Numeral n && n.real() != null) {
                    yield n.real();
                }
                throw run.error("expected float; found " + arg);
            }
            case TIME -> throw run.error("can't handle " + arg + " for arg of type " + kind.type);
            case ANY ->
                switch (arg) {
                    case Node.Bool b -> b.value();
                    case Node.Numeral n -> constant(n);
                    case Node.Quoted q -> q.value();
                    default -> throw run.error("can't handle assignment of " + arg + " to empty interface argument");
                };
        };
    }
}
