package io.narfi.logql.template;

import io.narfi.logql.Bound;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Runs a template on entries, one after the other. For one thread. */
public final class Executor {
    /** Of the output and of every string on the way, in bytes. */
    public static final int MAX_OUTPUT = Execution.MAX_OUTPUT;

    private final Template template;
    private final Execution run;
    private final Pipelines pipelines;
    private StringBuilder out = new StringBuilder();

    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    Executor(Template template) {
        this.template = template;
        this.run = new Execution(template);
        this.pipelines = new Pipelines(run);
    }

    /** The output, a character per byte. */
    public String run(TemplateData entry) throws TemplateException {
        out = new StringBuilder();
        run.begin(entry);
        Node.Sequence root = template.definitions().get(template.name());
        if (root != null) {
            walk(entry, root);
        }
        return out.toString();
    }

    Regexes regexes() {
        return run.regexes();
    }

    private void write(String s) throws TemplateException {
        if (out.length() + (long) s.length() > MAX_OUTPUT) {
            Bound.TEMPLATE_OUTPUT.hit();
            throw run.error("output is longer than " + MAX_OUTPUT + " bytes");
        }
        out.append(s);
    }

    private Flow walk(@Nullable Object dot, Node n) throws TemplateException {
        run.at(n);
        switch (n) {
            case Node.Text t -> write(t.text());
            case Node.Action a -> {
                Object value = pipelines.pipeline(dot, a.pipe());
                if (a.pipe().variables().isEmpty()) {
                    run.back(n);
                    write(value == null ? "<no value>" : GoFormat.print(value));
                }
            }
            case Node.Sequence s -> {
                return sequence(dot, s);
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
            default -> throw run.error("unknown node: " + n);
        }
        return Flow.NEXT;
    }

    private Flow sequence(@Nullable Object dot, Node.Sequence s) throws TemplateException {
        run.enterBlock();
        Flow flow = Flow.NEXT;
        for (Node child : s.nodes()) {
            flow = walk(dot, child);
            if (flow != Flow.NEXT) {
                break;
            }
        }
        run.leaveBlock();
        return flow;
    }

    private Flow branch(@Nullable Object dot, Node.Branch b) throws TemplateException {
        int scope = run.scope();
        Object value = pipelines.pipeline(dot, b.pipe());
        Flow flow = Flow.NEXT;
        if (Values.truth(value)) {
            flow = walk(b.with() ? value : dot, b.body());
        } else if (b.otherwise() != null) {
            flow = walk(dot, b.otherwise());
        }
        run.forget(scope);
        return flow;
    }

    private void range(@Nullable Object dot, Node.Range r) throws TemplateException {
        int outer = run.scope();
        Object value = pipelines.pipeline(dot, r.pipe());
        int scope = run.scope();
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
            default -> throw run.error("range can't iterate over " + GoFormat.print(value));
        }
        if (!any && r.otherwise() != null) {
            walk(dot, r.otherwise());
        }
        run.forget(outer);
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
        run.forget(scope);
        return flow != Flow.BREAK;
    }

    private void assign(Node.Pipe pipe, int i, int scope, @Nullable Object value) throws TemplateException {
        List<String> names = pipe.variables();
        Execution.Variable variable = pipe.assign() ? run.variable(names.get(i)) : run.variable(scope - names.size() + i);
        variable.value = value;
    }

    private void call(@Nullable Object dot, Node.Call c) throws TemplateException {
        Node.Sequence body = template.definitions().get(c.name());
        if (body == null) {
            throw run.error("template " + GoFormat.quote(c.name()) + " not defined");
        }
        Object value = c.pipe() == null ? null : pipelines.pipeline(dot, c.pipe());
        run.call(c.name(), value, () -> walk(value, body));
    }
}
