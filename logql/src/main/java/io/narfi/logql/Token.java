package io.narfi.logql;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The terminals of LogQL's grammar. Their order is that of the lists in error messages ("expecting A or B"), and their text is what these
 * messages print.
 */
enum Token {
    END("$end"),
    BYTES("BYTES"),
    IDENTIFIER("IDENTIFIER"),
    STRING("STRING"),
    NUMBER("NUMBER"),
    FUNCTION_FLAG("FUNCTION_FLAG"),
    DURATION("DURATION"),
    RANGE("RANGE"),
    EQ("=", Kind.OPERATOR),
    RE("=~", Kind.OPERATOR),
    NRE("!~", Kind.OPERATOR),
    NPA("!>", Kind.OPERATOR),
    OPEN_BRACE("{", Kind.OPERATOR),
    CLOSE_BRACE("}", Kind.OPERATOR),
    OPEN_BRACKET("[", Kind.OPERATOR),
    CLOSE_BRACKET("]", Kind.OPERATOR),
    COMMA(",", Kind.OPERATOR),
    DOT(".", Kind.OPERATOR),
    PIPE_MATCH("|~", Kind.OPERATOR),
    PIPE_EXACT("|=", Kind.OPERATOR),
    PIPE_PATTERN("|>", Kind.OPERATOR),
    OPEN_PARENTHESIS("(", Kind.OPERATOR),
    CLOSE_PARENTHESIS(")", Kind.OPERATOR),
    BY("by", Kind.WORD),
    WITHOUT("without", Kind.WORD),
    COUNT_OVER_TIME("COUNT_OVER_TIME", "count_over_time"),
    RATE("RATE", "rate"),
    RATE_COUNTER("RATE_COUNTER", "rate_counter"),
    SUM("SUM", "sum"),
    SORT("SORT", "sort"),
    SORT_DESC("SORT_DESC", "sort_desc"),
    AVG("AVG", "avg"),
    MAX("MAX", "max"),
    MIN("MIN", "min"),
    COUNT("COUNT", "count"),
    STDDEV("STDDEV", "stddev"),
    STDVAR("STDVAR", "stdvar"),
    BOTTOMK("BOTTOMK", "bottomk"),
    TOPK("TOPK", "topk"),
    APPROX_TOPK("APPROX_TOPK", "approx_topk"),
    BYTES_OVER_TIME("BYTES_OVER_TIME", "bytes_over_time"),
    BYTES_RATE("BYTES_RATE", "bytes_rate"),
    BOOL("bool", Kind.WORD),
    JSON("json", Kind.WORD),
    REGEXP("regexp", Kind.WORD),
    LOGFMT("logfmt", Kind.WORD),
    PIPE("|", Kind.OPERATOR),
    LINE_FORMAT("line_format", Kind.WORD),
    LABEL_FORMAT("label_format", Kind.WORD),
    UNWRAP("unwrap", Kind.WORD),
    AVG_OVER_TIME("AVG_OVER_TIME", "avg_over_time"),
    SUM_OVER_TIME("SUM_OVER_TIME", "sum_over_time"),
    MIN_OVER_TIME("MIN_OVER_TIME", "min_over_time"),
    MAX_OVER_TIME("MAX_OVER_TIME", "max_over_time"),
    STDVAR_OVER_TIME("STDVAR_OVER_TIME", "stdvar_over_time"),
    STDDEV_OVER_TIME("STDDEV_OVER_TIME", "stddev_over_time"),
    QUANTILE_OVER_TIME("QUANTILE_OVER_TIME", "quantile_over_time"),
    BYTES_CONV("BYTES_CONV", "bytes"),
    DURATION_CONV("DURATION_CONV", "duration"),
    DURATION_SECONDS_CONV("DURATION_SECONDS_CONV", "duration_seconds"),
    FIRST_OVER_TIME("FIRST_OVER_TIME", "first_over_time"),
    LAST_OVER_TIME("LAST_OVER_TIME", "last_over_time"),
    ABSENT_OVER_TIME("ABSENT_OVER_TIME", "absent_over_time"),
    VECTOR("VECTOR", "vector"),
    LABEL_REPLACE("label_replace", "label_replace"),
    UNPACK("unpack", Kind.WORD),
    OFFSET("offset", Kind.WORD),
    PATTERN("pattern", Kind.WORD),
    IP("ip", "ip"),
    ON("on", Kind.WORD),
    IGNORING("ignoring", Kind.WORD),
    GROUP_LEFT("group_left", Kind.WORD),
    GROUP_RIGHT("group_right", Kind.WORD),
    DECOLORIZE("decolorize", Kind.WORD),
    DROP("drop", Kind.WORD),
    KEEP("keep", Kind.WORD),
    VARIANTS("variants", Kind.WORD),
    OF("of", Kind.WORD),
    OR("or", Kind.WORD),
    AND("and", Kind.WORD),
    UNLESS("unless", Kind.WORD),
    CMP_EQ("==", Kind.OPERATOR),
    NEQ("!=", Kind.OPERATOR),
    LT("<", Kind.OPERATOR),
    LTE("<=", Kind.OPERATOR),
    GT(">", Kind.OPERATOR),
    GTE(">=", Kind.OPERATOR),
    ADD("+", Kind.OPERATOR),
    SUB("-", Kind.OPERATOR),
    MUL("*", Kind.OPERATOR),
    DIV("/", Kind.OPERATOR),
    MOD("%", Kind.OPERATOR),
    POW("^", Kind.OPERATOR);

    private enum Kind {
        /** A class of tokens with values. */
        CLASS,
        OPERATOR,
        /** A word that is reserved everywhere. */
        WORD,
        /** A word that is reserved before a parenthesis or a grouping. */
        FUNCTION
    }

    private static final Map<String, Token> OPERATORS = new HashMap<>();
    private static final Map<String, Token> WORDS = new HashMap<>();
    private static final Map<String, Token> FUNCTIONS = new HashMap<>();

    static {
        for (Token t : values()) {
            switch (t.kind) {
                case CLASS -> {}
                case OPERATOR -> OPERATORS.put(t.spelling, t);
                case WORD -> WORDS.put(t.spelling, t);
                case FUNCTION -> FUNCTIONS.put(t.spelling, t);
            }
        }
    }

    private final String text;
    private final String spelling;
    private final Kind kind;

    Token(String text) {
        this(text, text, Kind.CLASS);
    }

    Token(String text, Kind kind) {
        this(text, text, kind);
    }

    Token(String text, String function) {
        this(text, function, Kind.FUNCTION);
    }

    Token(String text, String spelling, Kind kind) {
        this.text = text;
        this.spelling = spelling;
        this.kind = kind;
    }

    /** How messages name it. */
    String text() {
        return text;
    }

    /** Its number in the grammar, which is its place in the declaration. */
    @SuppressWarnings("EnumOrdinal")
    int terminal() {
        return ordinal();
    }

    static @Nullable Token operator(String spelling) {
        return OPERATORS.get(spelling);
    }

    /** A reserved word in any case of letters. */
    static @Nullable Token word(String spelling) {
        return WORDS.get(spelling.toLowerCase(Locale.ROOT));
    }

    /** A word that is reserved only where it is called, in any case of letters. */
    static @Nullable Token function(String spelling) {
        return FUNCTIONS.get(spelling.toLowerCase(Locale.ROOT));
    }
}
