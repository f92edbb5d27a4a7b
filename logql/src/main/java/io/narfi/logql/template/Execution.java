package io.narfi.logql.template;

import io.narfi.logql.Bound;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of one execution after the other: the entry, the variables, the place for errors, and what bounds it. A step is a node, a
 * command, a kilobyte that a function reads or writes, or a few variables that were looked through.
 */
final class Execution {
    /** Of the output and of every string on the way, in bytes. */
    static final int MAX_OUTPUT = 4 << 20;
    /** Steps that one execution may take. */
    static final int MAX_STEPS = 1_000_000;
    /** Templates that call templates. */
    static final int MAX_CALLS = 50;
    /** Blocks within blocks, those of called templates included: bounds the stack. */
    static final int MAX_DEPTH = 1_000;

    private static final int BYTES_PER_STEP = 1 << 10;
    private static final int VARIABLES_PER_STEP = 16;

    static final class Variable {
        private final String name;
        @Nullable Object value;

        private Variable(String name, @Nullable Object value) {
            this.name = name;
            this.value = value;
        }
    }

    private final Template template;
    private final Regexes regexes = new Regexes(this);
    private final List<Variable> variables = new ArrayList<>();
    /** The first variable of the running template; those before belong to its callers. */
    private int firstVariable;

    private @Nullable TemplateData data;
    private String running;
    private @Nullable Node node;
    private int steps;
    private int calls;
    private int depth;

    Execution(Template template) {
        this.template = template;
        this.running = template.name();
    }

    void begin(TemplateData entry) {
        data = entry;
        running = template.name();
        node = null;
        steps = 0;
        calls = 0;
        depth = 0;
        variables.clear();
        firstVariable = 0;
        declare("$", entry);
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

    /** A node is executed; errors name it from now on. */
    void at(Node n) throws TemplateException {
        node = n;
        step(1);
    }

    /** Errors name a node that was executed before. */
    void back(@Nullable Node n) {
        node = n;
    }

    @Nullable Node node() {
        return node;
    }

    /** Counts what a function does to strings of this length. */
    void work(long bytes) throws TemplateException {
        step((int) (bytes / BYTES_PER_STEP));
    }

    private void step(int n) throws TemplateException {
        steps += n;
        if (steps > MAX_STEPS) {
            Bound.TEMPLATE_STEPS.hit();
            throw error("more than " + MAX_STEPS + " steps");
        }
    }

    void enterBlock() throws TemplateException {
        if (++depth > MAX_DEPTH) {
            Bound.TEMPLATE_STEPS.hit();
            throw error("blocks nested deeper than " + MAX_DEPTH + " levels");
        }
    }

    void leaveBlock() {
        depth--;
    }

    void declare(String name, @Nullable Object value) {
        variables.add(new Variable(name, value));
    }

    /** How many variables there are; {@link #forget} ends the scope of later ones. */
    int scope() {
        return variables.size();
    }

    void forget(int scope) {
        variables.subList(scope, variables.size()).clear();
    }

    /** The innermost variable of a name. */
    Variable variable(String name) throws TemplateException {
        for (int i = variables.size() - 1; i >= firstVariable; i--) {
            Variable v = variables.get(i);
            if (v.name.equals(name)) {
                step((variables.size() - i) / VARIABLES_PER_STEP);
                return v;
            }
        }
        throw error("undefined variable: " + name);
    }

    Variable variable(int position) {
        return variables.get(position);
    }

    /** Runs a body as a template of its own, which sees no variable but {@code $}. */
    void call(String name, @Nullable Object dot, Body body) throws TemplateException {
        if (calls == MAX_CALLS) {
            Bound.TEMPLATE_STEPS.hit();
            throw error("exceeded maximum template depth (" + MAX_CALLS + ")");
        }
        String caller = running;
        int callersFirst = firstVariable;
        firstVariable = variables.size();
        declare("$", dot);
        running = name;
        calls++;
        body.run();
        calls--;
        running = caller;
        forget(firstVariable);
        firstVariable = callersFirst;
    }

    @FunctionalInterface
    interface Body {
        void run() throws TemplateException;
    }

    /** Go's message: where, while executing what, at which piece, and why. */
    TemplateException error(String message) {
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
}
