package io.narfi.logql.template;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A compiled template. Safe from any thread; {@link #executor} makes what runs it. */
public final class Template {
    private final String name;
    private final String text;
    private final Map<String, Node.Sequence> definitions;

    private Template(String name, String text, Map<String, Node.Sequence> definitions) {
        this.name = name;
        this.text = text;
        this.definitions = Map.copyOf(definitions);
    }

    /**
     * @param name which messages give as the template's name
     * @param text as in a query
     * @throws TemplateSyntaxException with Go's message
     */
    public static Template parse(String name, String text) throws TemplateSyntaxException {
        String bytes = GoStrings.ofText(text);
        return new Template(name, bytes, TemplateParser.parse(name, bytes));
    }

    String name() {
        return name;
    }

    String text() {
        return text;
    }

    Map<String, Node.Sequence> definitions() {
        return definitions;
    }

    /** What runs the template; for one thread. */
    public Executor executor() {
        return new Executor(this);
    }

    /** The label's name if the template is {@code {{.name}}} and nothing else, which is a plain look-up; else null. */
    public @Nullable String plainField() {
        Node.Sequence root = definitions.get(name);
        if (root != null
                && root.nodes().size() == 1
                && root.nodes().getFirst() instanceof Node.Action a
                && a.pipe().variables().isEmpty()
                && a.pipe().commands().size() == 1
                && a.pipe().commands().getFirst().args().size() == 1
                && a.pipe().commands().getFirst().args().getFirst() instanceof Node.Field f
                && f.names().size() == 1) {
            return GoStrings.toText(f.names().getFirst());
        }
        return null;
    }

    /** Names of the labels that are read as {@code .name}; other ways to read labels are not seen, as in Loki (§8.2). */
    public Set<String> fields() {
        Set<String> out = new TreeSet<>();
        definitions.values().forEach(n -> collect(n, out));
        return out;
    }

    private static void collect(@Nullable Node node, Set<String> out) {
        switch (node) {
            case Node.Action a -> collect(a.pipe(), out);
            case Node.Sequence s -> s.nodes().forEach(n -> collect(n, out));
            case Node.Branch b -> {
                collect(b.pipe(), out);
                collect(b.body(), out);
                collect(b.otherwise(), out);
            }
            case Node.Range r -> {
                collect(r.pipe(), out);
                collect(r.body(), out);
                collect(r.otherwise(), out);
            }
            case Node.Call c -> collect(c.pipe(), out);
            case Node.Pipe p -> p.commands().forEach(c -> c.args().forEach(arg -> collect(arg, out)));
            case Node.Chain c -> collect(c.node(), out);
            case Node.Field f -> out.add(GoStrings.toText(f.names().getFirst()));
            case null, default -> {
                // reads no label
            }
        }
    }
}
