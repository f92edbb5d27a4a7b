package io.narfi.logql;

/** Parses queries. */
public final class LogQl {
    /** Queries of this many UTF-8 bytes or more are refused. */
    public static final int MAX_LENGTH = 131_072;

    private static final int MAX_OPEN = 10_000;

    private LogQl() {}

    /**
     * Parses and checks a query.
     *
     * @throws ParseException with Loki's text. What only the building of a pipeline finds, {@code stage '…'} errors, is not among them.
     */
    public static Expr parse(String query) {
        int length = Scanner.byteLength(query);
        if (length >= MAX_LENGTH) {
            Bound.QUERY_LENGTH.hit();
            throw new ParseException("input size too long (" + length + " > " + MAX_LENGTH + ")");
        }
        TreeBuilder builder = new TreeBuilder();
        Expr expr = (Expr) LogQlGrammar.TABLE.parse(new Lexer(query), builder, MAX_OPEN);
        new Validator(builder).check(expr);
        return expr;
    }

    /** The canonical text of a stage (logql.md §11), which errors of its construction quote. */
    public static String print(Stage stage) {
        return CanonicalPrinter.print(stage);
    }
}
