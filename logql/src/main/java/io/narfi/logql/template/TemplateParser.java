package io.narfi.logql.template;

import io.narfi.logql.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds the tree of a template by recursive descent, with the messages of Go's parser. */
final class TemplateParser {
    /** Nesting of blocks and parentheses: bounds the recursion here and in the executor. */
    static final int MAX_DEPTH = 200;

    private final String name;
    private final List<Token> tokens;
    private final Map<String, Node.Sequence> definitions = new HashMap<>();
    private final List<String> variables = new ArrayList<>();
    private int at;
    private int lastLine = 1;
    private int actionLine;
    private int ranges;
    private int depth;

    /** What ends a sequence. */
    private record Terminator(boolean end, int position) {
        @Override
        public String toString() {
            return end ? "{{end}}" : "{{else}}";
        }
    }

    private @Nullable Terminator terminator;

    private TemplateParser(String name, String text) {
        this.name = name;
        this.tokens = TemplateLexer.tokens(text);
        variables.add("$");
    }

    /** The main template under its own name, and those that it defines. */
    static Map<String, Node.Sequence> parse(String name, String text) throws TemplateSyntaxException {
        TemplateParser p = new TemplateParser(name, text);
        List<Node> root = new ArrayList<>();
        while (p.peek().kind() != Kind.EOF) {
            int mark = p.at;
            if (p.next().kind() == Kind.LEFT_DELIMITER && p.nextNonSpace().kind() == Kind.DEFINE) {
                p.definition();
                continue;
            }
            p.at = mark;
            Node node = p.textOrAction();
            if (node == null) {
                throw p.error("unexpected " + p.terminator);
            }
            root.add(node);
        }
        p.definitions.putIfAbsent(name, new Node.Sequence(0, root));
        return p.definitions;
    }

    private TemplateSyntaxException error(String message) {
        return new TemplateSyntaxException("template: " + name + ":" + lastLine + ": " + GoStrings.toText(message));
    }

    private TemplateSyntaxException unexpected(Token token, String context) {
        if (token.kind() == Kind.ERROR) {
            String extra = "";
            if (actionLine != 0 && actionLine != token.line()) {
                extra = " in action started at " + name + ":" + actionLine;
                if (token.text().endsWith(" action")) {
                    extra = extra.substring(" in action".length());
                }
            }
            return error(token.text() + extra);
        }
        return error("unexpected " + token.describe() + " in " + context);
    }

    private Token next() {
        Token t = tokens.get(Math.min(at, tokens.size() - 1));
        at++;
        lastLine = t.line();
        return t;
    }

    private Token peek() {
        Token t = next();
        at--;
        return t;
    }

    private Token nextNonSpace() {
        Token t = next();
        while (t.kind() == Kind.SPACE) {
            t = next();
        }
        return t;
    }

    private Token peekNonSpace() {
        Token t = nextNonSpace();
        at--;
        return t;
    }

    private Token expect(Kind kind, String context) throws TemplateSyntaxException {
        Token t = nextNonSpace();
        if (t.kind() != kind) {
            throw unexpected(t, context);
        }
        return t;
    }

    private void deeper() throws TemplateSyntaxException {
        if (++depth > MAX_DEPTH) {
            throw error("nested deeper than " + MAX_DEPTH + " levels");
        }
    }

    private void definition() throws TemplateSyntaxException {
        String defined = quotedName("define clause");
        expect(Kind.RIGHT_DELIMITER, "define clause");
        Node.Sequence body = sequence();
        Terminator t = terminator;
        if (t == null || !t.end()) {
            throw error("unexpected " + t + " in define clause");
        }
        definitions.put(defined, body);
    }

    private String quotedName(String context) throws TemplateSyntaxException {
        Token t = nextNonSpace();
        if (t.kind() != Kind.STRING && t.kind() != Kind.RAW_STRING) {
            throw unexpected(t, context);
        }
        return unquoted(t);
    }

    private String unquoted(Token t) throws TemplateSyntaxException {
        String value = GoFormat.unquote(t.text());
        if (value == null) {
            throw error("invalid syntax");
        }
        return value;
    }

    /** Nodes up to {@code end} or {@code else}, which is in {@link #terminator} then. */
    private Node.Sequence sequence() throws TemplateSyntaxException {
        deeper();
        List<Node> nodes = new ArrayList<>();
        int position = peekNonSpace().position();
        while (peekNonSpace().kind() != Kind.EOF) {
            Node node = textOrAction();
            if (node == null) {
                depth--;
                return new Node.Sequence(position, nodes);
            }
            nodes.add(node);
        }
        throw error("unexpected EOF");
    }

    /** The next node; null at {@code end} or {@code else}. */
    private @Nullable Node textOrAction() throws TemplateSyntaxException {
        Token t = nextNonSpace();
        return switch (t.kind()) {
            case TEXT -> new Node.Text(t.position(), t.text());
            case LEFT_DELIMITER -> {
                actionLine = t.line();
                Node node = action();
                actionLine = 0;
                yield node;
            }
            default -> throw unexpected(t, "input");
        };
    }

    private @Nullable Node action() throws TemplateSyntaxException {
        Token t = nextNonSpace();
        return switch (t.kind()) {
            case BLOCK -> block(t);
            case BREAK -> {
                expect(Kind.RIGHT_DELIMITER, "{{break}}");
                inRange("{{break}}");
                yield new Node.Break(t.position());
            }
            case CONTINUE -> {
                expect(Kind.RIGHT_DELIMITER, "{{continue}}");
                inRange("{{continue}}");
                yield new Node.Continue(t.position());
            }
            case ELSE -> {
                Token after = peekNonSpace();
                if (after.kind() != Kind.IF && after.kind() != Kind.WITH) {
                    expect(Kind.RIGHT_DELIMITER, "else");
                }
                terminator = new Terminator(false, t.position());
                yield null;
            }
            case END -> {
                expect(Kind.RIGHT_DELIMITER, "end");
                terminator = new Terminator(true, t.position());
                yield null;
            }
            case IF -> branch(t, "if");
            case WITH -> branch(t, "with");
            case RANGE -> range(t);
            case TEMPLATE -> {
                Token nameToken = peekNonSpace();
                String called = quotedName("template clause");
                Node.Pipe pipe = null;
                if (nextNonSpace().kind() != Kind.RIGHT_DELIMITER) {
                    at--;
                    pipe = pipeline("template clause", Kind.RIGHT_DELIMITER);
                }
                yield new Node.Call(nameToken.position(), called, pipe);
            }
            default -> {
                at--;
                Token first = peek();
                yield new Node.Action(first.position(), pipeline("command", Kind.RIGHT_DELIMITER));
            }
        };
    }

    private void inRange(String what) throws TemplateSyntaxException {
        if (ranges == 0) {
            throw error(what + " outside {{range}}");
        }
    }

    private Node block(Token t) throws TemplateSyntaxException {
        String blockName = quotedName("block clause");
        Node.Pipe pipe = pipeline("block clause", Kind.RIGHT_DELIMITER);
        Node.Sequence body = sequence();
        Terminator end = terminator;
        if (end == null || !end.end()) {
            throw error("unexpected " + end + " in block clause");
        }
        definitions.putIfAbsent(blockName, body);
        return new Node.Call(t.position(), blockName, pipe);
    }

    private Node branch(Token t, String context) throws TemplateSyntaxException {
        int scope = variables.size();
        Node.Pipe pipe = pipeline(context, Kind.RIGHT_DELIMITER);
        Node.Sequence body = sequence();
        Node.Sequence otherwise = null;
        if (terminator != null && !terminator.end()) {
            int position = terminator.position();
            Token after = peek();
            Kind same = context.equals("if") ? Kind.IF : Kind.WITH;
            if (peekNonSpace().kind() == same) {
                nextNonSpace();
                deeper();
                otherwise = new Node.Sequence(position, List.of(branch(after, context)));
                depth--;
            } else {
                otherwise = last();
            }
        }
        trimVariables(scope);
        return new Node.Branch(t.position(), context.equals("with"), pipe, body, otherwise);
    }

    private Node.Sequence last() throws TemplateSyntaxException {
        Node.Sequence otherwise = sequence();
        if (terminator == null || !terminator.end()) {
            throw error("expected end; found " + terminator);
        }
        return otherwise;
    }

    private void trimVariables(int scope) {
        variables.subList(scope, variables.size()).clear();
    }

    private Node range(Token t) throws TemplateSyntaxException {
        int scope = variables.size();
        Node.Pipe pipe = pipeline("range", Kind.RIGHT_DELIMITER);
        ranges++;
        Node.Sequence body = sequence();
        ranges--;
        Node.Sequence otherwise = terminator != null && !terminator.end() ? last() : null;
        trimVariables(scope);
        return new Node.Range(t.position(), pipe, body, otherwise);
    }

    private Node.Pipe pipeline(String context, Kind end) throws TemplateSyntaxException {
        deeper();
        int position = peekNonSpace().position();
        List<String> declared = new ArrayList<>();
        boolean assign = false;
        while (peekNonSpace().kind() == Kind.VARIABLE) {
            int mark = at;
            Token variable = next();
            Token after = nextNonSpace();
            if (after.kind() == Kind.ASSIGN || after.kind() == Kind.DECLARE) {
                assign = after.kind() == Kind.ASSIGN;
                declared.add(variable.text());
                variables.add(variable.text());
                break;
            }
            if (after.kind() != Kind.CHAR || !after.text().equals(",")) {
                at = mark;
                break;
            }
            declared.add(variable.text());
            variables.add(variable.text());
            if (!context.equals("range") || declared.size() >= 2) {
                throw error("too many declarations in " + context);
            }
            Kind following = peekNonSpace().kind();
            if (following != Kind.VARIABLE && following != Kind.RIGHT_DELIMITER && following != Kind.RIGHT_PAREN) {
                throw error("range can only initialize variables");
            }
        }
        List<Node.Command> commands = new ArrayList<>();
        while (true) {
            Token t = nextNonSpace();
            if (t.kind() == end) {
                checkPipeline(commands, context);
                depth--;
                return new Node.Pipe(position, assign, declared, commands);
            }
            switch (t.kind()) {
                case BOOL, CHAR_CONSTANT, DOT, FIELD, IDENTIFIER, NUMBER, NIL, RAW_STRING, STRING, VARIABLE, LEFT_PAREN -> {
                    at--;
                    commands.add(command());
                }
                default -> throw unexpected(t, context);
            }
        }
    }

    private void checkPipeline(List<Node.Command> commands, String context) throws TemplateSyntaxException {
        if (commands.isEmpty()) {
            throw error("missing value for " + context);
        }
        for (int i = 1; i < commands.size(); i++) {
            Node first = commands.get(i).args().getFirst();
            if (first instanceof Node.Bool
                    || first instanceof Node.Dot
                    || first instanceof Node.Nil
                    || first instanceof Node.Numeral
                    || first instanceof Node.Quoted) {
                throw error("non executable command in pipeline stage " + (i + 1));
            }
        }
    }

    private Node.Command command() throws TemplateSyntaxException {
        int position = peekNonSpace().position();
        List<Node> args = new ArrayList<>();
        while (true) {
            peekNonSpace();
            Node operand = operand();
            if (operand != null) {
                args.add(operand);
            }
            Token t = next();
            if (t.kind() == Kind.SPACE) {
                continue;
            }
            if (t.kind() == Kind.RIGHT_DELIMITER || t.kind() == Kind.RIGHT_PAREN) {
                at--;
            } else if (t.kind() != Kind.PIPE) {
                throw unexpected(t, "operand");
            }
            break;
        }
        if (args.isEmpty()) {
            throw error("empty command");
        }
        return new Node.Command(position, args);
    }

    private @Nullable Node operand() throws TemplateSyntaxException {
        Node node = term();
        if (node == null || peek().kind() != Kind.FIELD) {
            return node;
        }
        int position = peek().position();
        List<String> fields = new ArrayList<>();
        while (peek().kind() == Kind.FIELD) {
            fields.add(next().text().substring(1));
        }
        return switch (node) {
            case Node.Field f -> {
                List<String> all = new ArrayList<>(f.names());
                all.addAll(fields);
                yield new Node.Field(position, all);
            }
            case Node.Variable v -> {
                List<String> all = new ArrayList<>(v.fields());
                all.addAll(fields);
                yield new Node.Variable(position, v.name(), all);
            }
            case Node.Bool _, Node.Quoted _, Node.Numeral _, Node.Nil _, Node.Dot _ ->
                throw error("unexpected . after term " + GoFormat.quote(node.toString()));
            default -> new Node.Chain(position, node, fields);
        };
    }

    private @Nullable Node term() throws TemplateSyntaxException {
        Token t = nextNonSpace();
        return switch (t.kind()) {
            case IDENTIFIER -> {
                if (!Functions.isDefined(t.text())) {
                    throw error("function " + GoFormat.quote(t.text()) + " not defined");
                }
                yield new Node.Identifier(t.position(), t.text());
            }
            case DOT -> new Node.Dot(t.position());
            case NIL -> new Node.Nil(t.position());
            case VARIABLE -> {
                if (!variables.contains(t.text())) {
                    throw error("undefined variable " + GoFormat.quote(t.text()));
                }
                yield new Node.Variable(t.position(), t.text(), List.of());
            }
            case FIELD -> new Node.Field(t.position(), List.of(t.text().substring(1)));
            case BOOL -> new Node.Bool(t.position(), t.text().equals("true"));
            case CHAR_CONSTANT, NUMBER -> {
                Node.Numeral n = Numbers.constant(t.position(), t.text(), t.kind() == Kind.CHAR_CONSTANT);
                if (n == null) {
                    throw error((t.kind() == Kind.NUMBER ? "illegal number syntax: " : "malformed character constant: ")
                            + (t.kind() == Kind.NUMBER ? GoFormat.quote(t.text()) : t.text()));
                }
                yield n;
            }
            case LEFT_PAREN -> pipeline("parenthesized pipeline", Kind.RIGHT_PAREN);
            case STRING, RAW_STRING -> new Node.Quoted(t.position(), t.text(), unquoted(t));
            default -> {
                at--;
                yield null;
            }
        };
    }
}
