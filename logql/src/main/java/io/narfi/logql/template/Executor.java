package io.narfi.logql.template;

import io.narfi.logql.Bound;
import io.narfi.logql.template.Function.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Runs a template on entries, one after the other. For one thread. */
public final class Executor {
    /** Of the output and of every string on the way, in bytes. */
    public static final int MAX_OUTPUT = 4 << 20;
    /** Nodes and commands that one execution may visit. */
    static final int MAX_STEPS = 1_000_000;
    /** Templates that call templates. */
    private static final int MAX_CALLS = 50;

    private static final Object MISSING = new Object();

    private final Template template;
    private final Regexes regexes = new Regexes(this);
    private final List<Variable> variables = new ArrayList<>();
    private StringBuilder out = new StringBuilder();
    private @Nullable TemplateData data;
    private String running;
    private @Nullable Node node;
    private int steps;
    private int calls;

    private static final class Variable {
        final String name;
        @Nullable Object value;

        Variable(String name, @Nullable Object value) {
            this.name = name;
            this.value = value;
        }
    }

    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    Executor(Template template) {
        this.template = template;
        this.running = template.name();
    }

    /** The output, a character per byte. */
    public String run(TemplateData entry) throws TemplateException {
        data = entry;
        out = new StringBuilder();
        running = template.name();
        node = null;
        steps = 0;
        calls = 0;
        variables.clear();
        variables.add(new Variable("$", entry));
        Node.Sequence root = template.definitions().get(running);
        if (root != null) {
            walk(entry, root);
        }
        return out.toString();
    }

    Regexes regexes() {
        return regexes;
    }

    TemplateData data() {
        TemplateData d = data;
        if (d == null) {
            throw new IllegalStateException("not running");
        }
        return d;
    }

    int limit() {
        return MAX_OUTPUT;
    }

    /** Refuses a string that would be too long. */
    void check(long length) throws TemplateException {
        if (length > MAX_OUTPUT) {
            Bound.TEMPLATE_OUTPUT.hit();
            throw new TemplateException("output is longer than " + MAX_OUTPUT + " bytes");
        }
    }

    private void at(Node n) throws TemplateException {
        node = n;
        if (++steps > MAX_STEPS) {
            Bound.TEMPLATE_STEPS.hit();
            throw error("more than " + MAX_STEPS + " steps");
        }
    }

    /** Go's message: where, while executing what, at which piece, and why. */
    private TemplateException error(String message) {
        StringBuilder text = new StringBuilder("template: ").append(template.name());
        Node n = node;
        if (n != null) {
            String before = template.text().substring(0, n.position());
            int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
            int column = n.position() - (before.lastIndexOf('\n') + 1);
            text.append(':').append(line).append(':').append(column).append(": executing ").append(GoFormat.quote(running));
            text.append(" at <").append(n).append('>');
        }
        return new TemplateException(GoStrings.toText(text.append(": ").append(message).toString()));
    }

    private void write(String s) throws TemplateException {
        if (out.length() + (long) s.length() > MAX_OUTPUT) {
            Bound.TEMPLATE_OUTPUT.hit();
            throw error("output is longer than " + MAX_OUTPUT + " bytes");
        }
        out.append(s);
    }

    private Flow walk(@Nullable Object dot, Node n) throws TemplateException {
        at(n);
        switch (n) {
            case Node.Text t -> write(t.text());
            case Node.Action a -> {
                Object value = pipeline(dot, a.pipe());
                if (a.pipe().variables().isEmpty()) {
                    node = n;
                    write(value == null ? "<no value>" : GoFormat.print(value));
                }
            }
            case Node.Sequence s -> {
                for (Node child : s.nodes()) {
                    Flow flow = walk(dot, child);
                    if (flow != Flow.NEXT) {
                        return flow;
                    }
                }
            }
            case Node.Branch b -> {
                return branch(dot, b);
            }
            case Node.Range r -> range(dot, r);
            case Node.Break _ -> {
                return Flow.BREAK;
            }
            case Node.Continue _ -> {
                return Flow.CONTINUE;
            }
            case Node.Call c -> call(dot, c);
            default -> throw error("unknown node: " + n);
        }
        return Flow.NEXT;
    }

    private Flow branch(@Nullable Object dot, Node.Branch b) throws TemplateException {
        int scope = variables.size();
        Object value = pipeline(dot, b.pipe());
        Flow flow = Flow.NEXT;
        if (Values.truth(value)) {
            flow = walk(b.with() ? value : dot, b.body());
        } else if (b.otherwise() != null) {
            flow = walk(dot, b.otherwise());
        }
        pop(scope);
        return flow;
    }

    private void pop(int scope) {
        variables.subList(scope, variables.size()).clear();
    }

    private void range(@Nullable Object dot, Node.Range r) throws TemplateException {
        int outer = variables.size();
        Object value = pipeline(dot, r.pipe());
        int scope = variables.size();
        boolean any = false;
        switch (value) {
            case null -> {
                // nothing to go through
            }
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    any = true;
                    if (!iterate(r, scope, GoInt.of(i), list.get(i))) {
                        break;
                    }
                }
            }
            case GoInt n -> {
                for (long i = 0; i < n.value(); i++) {
                    any = true;
                    if (!iterate(r, scope, new GoInt(i, n.type()), new GoInt(i, n.type()))) {
                        break;
                    }
                }
            }
            case TemplateData labels -> {
                for (String name : labels.names()) {
                    any = true;
                    if (!iterate(r, scope, name, labels.label(name))) {
                        break;
                    }
                }
            }
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> e : new TreeMap<>(map).entrySet()) {
                    any = true;
                    if (!iterate(r, scope, e.getKey(), e.getValue())) {
                        break;
                    }
                }
            }
            default -> throw error("range can't iterate over " + GoFormat.print(value));
        }
        if (!any && r.otherwise() != null) {
            walk(dot, r.otherwise());
        }
        pop(outer);
    }

    /** One round of a loop; false if it broke off. */
    private boolean iterate(Node.Range r, int scope, @Nullable Object index, @Nullable Object element) throws TemplateException {
        List<String> names = r.pipe().variables();
        if (!names.isEmpty()) {
            assign(r.pipe(), names.size() - 1, scope, element);
            if (names.size() > 1) {
                assign(r.pipe(), 0, scope, index);
            }
        }
        Flow flow = walk(element, r.body());
        pop(scope);
        return flow != Flow.BREAK;
    }

    private void assign(Node.Pipe pipe, int i, int scope, @Nullable Object value) throws TemplateException {
        if (pipe.assign()) {
            variable(pipe.variables().get(i)).value = value;
        } else {
            variables.get(scope - pipe.variables().size() + i).value = value;
        }
    }

    private void call(@Nullable Object dot, Node.Call c) throws TemplateException {
        Node.Sequence body = template.definitions().get(c.name());
        if (body == null) {
            throw error("template " + GoFormat.quote(c.name()) + " not defined");
        }
        if (calls == MAX_CALLS) {
            Bound.TEMPLATE_STEPS.hit();
            throw error("exceeded maximum template depth (" + MAX_CALLS + ")");
        }
        Object value = c.pipe() == null ? null : pipeline(dot, c.pipe());
        List<Variable> outer = new ArrayList<>(variables);
        String caller = running;
        variables.clear();
        variables.add(new Variable("$", value));
        running = c.name();
        calls++;
        walk(value, body);
        calls--;
        running = caller;
        variables.clear();
        variables.addAll(outer);
    }

    private Variable variable(String name) throws TemplateException {
        for (int i = variables.size() - 1; i >= 0; i--) {
            if (variables.get(i).name.equals(name)) {
                return variables.get(i);
            }
        }
        throw error("undefined variable: " + name);
    }

    private @Nullable Object pipeline(@Nullable Object dot, Node.Pipe pipe) throws TemplateException {
        at(pipe);
        Object value = MISSING;
        for (Node.Command command : pipe.commands()) {
            value = command(dot, command, value);
        }
        for (String name : pipe.variables()) {
            if (pipe.assign()) {
                variable(name).value = value;
            } else {
                variables.add(new Variable(name, value));
            }
        }
        return value;
    }

    private @Nullable Object command(@Nullable Object dot, Node.Command command, @Nullable Object last) throws TemplateException {
        List<Node> args = command.args();
        Node first = args.getFirst();
        return switch (first) {
            case Node.Field f -> {
                at(f);
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
                at(first);
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
            case Node.Nil _ -> throw error("nil is not a command");
            default -> throw error("can't evaluate command " + GoFormat.quote(word.toString()));
        };
    }

    private void notAFunction(List<Node> args, @Nullable Object last) throws TemplateException {
        if (args.size() > 1 || last != MISSING) {
            throw error("can't give argument to non-function " + args.getFirst());
        }
    }

    private static Object constant(Node.Numeral n) {
        if (n.isReal() && n.real() != null) {
            return n.real();
        }
        return GoInt.of(n.integer() == null ? 0 : n.integer());
    }

    private @Nullable Object variable(Node.Variable v, List<Node> args, @Nullable Object last) throws TemplateException {
        at(v);
        Object value = variable(v.name()).value;
        if (v.fields().isEmpty()) {
            notAFunction(args, last);
            return value;
        }
        return fields(value, v.fields(), args, last);
    }

    private @Nullable Object chain(@Nullable Object dot, Node.Chain c, List<Node> args, @Nullable Object last) throws TemplateException {
        at(c);
        if (c.node() instanceof Node.Nil) {
            throw error("indirection through explicit nil in " + c);
        }
        Object value = argument(dot, c.node(), Kind.ANY);
        node = c;
        return fields(value, c.fields(), args, last);
    }

    private @Nullable Object fields(@Nullable Object receiver, List<String> names, List<Node> args, @Nullable Object last) throws TemplateException {
        Object value = receiver;
        Node here = node;
        for (int i = 0; i < names.size(); i++) {
            boolean hasArgs = i == names.size() - 1 && (args.size() > 1 || last != MISSING);
            node = here;
            if (value == null && i > 0) {
                throw error("nil pointer evaluating interface {}." + names.get(i));
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
                    throw error("can't evaluate field " + name + " in type time.Time");
                }
                yield value;
            }
            default -> throw error("can't evaluate field " + name + " in type " + Values.type(receiver));
        };
    }

    private void notAMethod(String name, boolean hasArgs) throws TemplateException {
        if (hasArgs) {
            throw error(name + " is not a method but has arguments");
        }
    }

    private @Nullable Object function(@Nullable Object dot, Node.Identifier id, Node command, List<Node> args, @Nullable Object last) throws TemplateException {
        at(id);
        if (id.name().equals("and") || id.name().equals("or")) {
            return andOr(dot, id.name(), args, last);
        }
        Function f = Functions.get(id.name());
        if (f == null) {
            throw error(GoFormat.quote(id.name()) + " is not a defined function");
        }
        int fixed = f.parameters().size();
        int given = args.size() - 1 + (last == MISSING ? 0 : 1);
        if (f.rest() != null ? given < fixed : given != fixed) {
            throw error("wrong number of args for " + f.name() + ": want " + (f.rest() != null ? "at least " + fixed + " got " + (args.size() - 1) : fixed + " got " + given));
        }
        @Nullable Object[] values = new Object[given];
        for (int i = 1; i < args.size(); i++) {
            values[i - 1] = argument(dot, args.get(i), kind(f, i - 1));
        }
        if (last != MISSING) {
            values[given - 1] = piped(last, kind(f, given - 1));
        }
        try {
            Object result = f.body().call(values, this);
            if (result instanceof String s) {
                check(s.length());
            }
            return result;
        } catch (TemplateException e) {
            node = command;
            throw error("error calling " + f.name() + ": " + e.getMessage());
        }
    }

    private static Kind kind(Function f, int i) {
        Kind rest = f.rest();
        return i < f.parameters().size() || rest == null ? f.parameters().get(i) : rest;
    }

    /** The first argument that decides, else the last. */
    private @Nullable Object andOr(@Nullable Object dot, String name, List<Node> args, @Nullable Object last) throws TemplateException {
        if (args.size() == 1 && last == MISSING) {
            throw error("wrong number of args for " + name + ": want at least 1 got 0");
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
            throw error("invalid value; expected " + kind.type);
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
            throw error("wrong type for value; expected " + kind.type + "; got " + got);
        }
        return value;
    }

    private @Nullable Object argument(@Nullable Object dot, Node arg, Kind kind) throws TemplateException {
        at(arg);
        return switch (arg) {
            case Node.Dot _ -> typed(dot, kind);
            case Node.Nil _ -> {
                if (kind != Kind.ANY) {
                    throw error("cannot assign nil to " + kind.type);
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
                throw error("expected string; found " + arg);
            }
            case INT -> {
                if (arg instanceof Node.Numeral n && n.integer() != null) {
                    yield GoInt.of(n.integer());
                }
                throw error("expected integer; found " + arg);
            }
            case FLOAT -> {
                if (arg instanceof Node.Numeral n && n.real() != null) {
                    yield n.real();
                }
                throw error("expected float; found " + arg);
            }
            case TIME -> throw error("can't handle " + arg + " for arg of type " + kind.type);
            case ANY ->
                switch (arg) {
                    case Node.Bool b -> b.value();
                    case Node.Numeral n -> constant(n);
                    case Node.Quoted q -> q.value();
                    default -> throw error("can't handle assignment of " + arg + " to empty interface argument");
                };
        };
    }
}
