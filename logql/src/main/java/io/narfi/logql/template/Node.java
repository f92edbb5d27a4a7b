package io.narfi.logql.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tree of a template. Positions are byte offsets in the template's text; {@code toString} gives the source form that Go's messages
 * quote.
 */
sealed interface Node {
    int position();

    /** Literal text. */
    record Text(int position, String text) implements Node {
        @Override
        public String toString() {
            return text;
        }
    }

    /** {@code {{pipeline}}}. */
    record Action(int position, Pipe pipe) implements Node {
        @Override
        public String toString() {
            return "{{" + pipe + "}}";
        }
    }

    /** Nodes in order. */
    record Sequence(int position, List<Node> nodes) implements Node {
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder();
            nodes.forEach(out::append);
            return out.toString();
        }
    }

    /** {@code if} or {@code with}. */
    record Branch(int position, boolean with, Pipe pipe, Sequence body, @Nullable Sequence otherwise) implements Node {
        @Override
        public String toString() {
            return "{{" + (with ? "with" : "if") + ' ' + pipe + "}}" + body + (otherwise == null ? "" : "{{else}}" + otherwise) + "{{end}}";
        }
    }

    /** {@code range}. */
    record Range(int position, Pipe pipe, Sequence body, @Nullable Sequence otherwise) implements Node {
        @Override
        public String toString() {
            return "{{range " + pipe + "}}" + body + (otherwise == null ? "" : "{{else}}" + otherwise) + "{{end}}";
        }
    }

    /** {@code break}. */
    record Break(int position) implements Node {
        @Override
        public String toString() {
            return "{{break}}";
        }
    }

    /** {@code continue}. */
    record Continue(int position) implements Node {
        @Override
        public String toString() {
            return "{{continue}}";
        }
    }

    /** {@code template "name" pipeline}. */
    record Call(int position, String name, @Nullable Pipe pipe) implements Node {
        @Override
        public String toString() {
            return "{{template " + GoFormat.quote(name) + (pipe == null ? "" : " " + pipe) + "}}";
        }
    }

    /** Commands, each fed by the one before, with the variables that take the result. */
    record Pipe(int position, boolean assign, List<String> variables, List<Command> commands) implements Node {
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder();
            if (!variables.isEmpty()) {
                out.append(String.join(", ", variables)).append(assign ? " = " : " := ");
            }
            for (int i = 0; i < commands.size(); i++) {
                out.append(i > 0 ? " | " : "").append(commands.get(i));
            }
            return out.toString();
        }
    }

    /** A function or value with arguments. */
    record Command(int position, List<Node> args) implements Node {
        @Override
        public String toString() {
            StringBuilder out = new StringBuilder();
            for (Node arg : args) {
                out.append(out.isEmpty() ? "" : " ");
                if (arg instanceof Pipe) {
                    out.append('(').append(arg).append(')');
                } else {
                    out.append(arg);
                }
            }
            return out.toString();
        }
    }

    /** {@code .a.b}. */
    record Field(int position, List<String> names) implements Node {
        @Override
        public String toString() {
            return "." + String.join(".", names);
        }
    }

    /** {@code $x.a}. */
    record Variable(int position, String name, List<String> fields) implements Node {
        @Override
        public String toString() {
            return fields.isEmpty() ? name : name + "." + String.join(".", fields);
        }
    }

    /** {@code (pipeline).a}. */
    record Chain(int position, Node node, List<String> fields) implements Node {
        @Override
        public String toString() {
            return (node instanceof Pipe ? "(" + node + ")" : node.toString()) + "." + String.join(".", fields);
        }
    }

    /** The name of a function. */
    record Identifier(int position, String name) implements Node {
        @Override
        public String toString() {
            return name;
        }
    }

    /** {@code .}. */
    record Dot(int position) implements Node {
        @Override
        public String toString() {
            return ".";
        }
    }

    /** {@code nil}. */
    record Nil(int position) implements Node {
        @Override
        public String toString() {
            return "nil";
        }
    }

    /** {@code true} or {@code false}. */
    record Bool(int position, boolean value) implements Node {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    /** A number, as integer and as float where it is one. */
    record Numeral(int position, String text, @Nullable Long integer, @Nullable Double real, boolean isReal) implements Node {
        @Override
        public String toString() {
            return text;
        }
    }

    /** A string, with its source form. */
    record Quoted(int position, String source, String value) implements Node {
        @Override
        public String toString() {
            return source;
        }
    }
}
