package io.narfi.querier.algebra;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random LogQL over the names and values of {@link RandomLogs}: every stage, function and operator, mostly in places that make sense. */
final class QueryText {
    static final String[] GROUP_NAMES = {"app", "env", "pod", "level", "status", "trace_id", "user_id", "n", "nowhere"};
    private static final String[] NAMES = {"app", "env", "pod", "level", "status", "trace_id", "user_id", "n", "lat", "took", "size", "msg", "ip", "level_extracted"};
    private static final String[] NEEDLES = {"error", "level", "o", "GET", "timeout", "größe", "日", "", "10.0.0", "\"", "u1", "=", "{", "nowhere"};
    private static final String[] REGEXES = {
        "err.*", "(?i)error", "timeout|refused", "\\\\d+ms", "^\\\\{", "[a-z]+=\\\\d{2,}", "warn$", ".*", "", "日.", "level=(info|warn)", "u[0-2]\\\\b", "foo|o"
    };
    private static final String[] VALUES = {"error", "info", "prod", "api", "500", "u1", "", "x", "p-1"};
    private static final String[] VALUE_REGEXES = {"e.*", "error|warn", "(?i)ERROR", ".+", ".*", "[0-9]+", "p-[0-2]", "inf", "api|web", ""};
    private static final String[] TEMPLATES = {
        "{{.level}}", "{{.app}} {{.msg}}", "{{ ToUpper .level }}", "{{ .n | default \\\"0\\\" }}", "{{ trunc 5 __line__ }}", "{{ printf \\\"%5s|%-3s\\\" .level .n }}",
        "{{ if eq .level \\\"error\\\" }}bad{{ else }}good{{ end }}", "{{ add 1 (int .n) }}", "{{ regexReplaceAll \\\"[0-9]+\\\" __line__ \\\"N\\\" }}",
        "{{ div 10 (int .n) }}", "{{ __timestamp__ | unixEpoch }}", "level={{.level}} n={{.n}}", "{\\\"n\\\":\\\"{{.n}}\\\"}", "same", "{{ range $k, $v := . }}{{ $k }};{{ end }}",
        "{{ (fromJson __line__).level }}", "{{ .msg | replace \\\" \\\" \\\"_\\\" | title }}", "{{ len .msg }}", "{{ b64enc .level }}", "{{ alignLeft 3 .level }}"
    };
    private static final String[] RANGES = {"7m", "30m", "1h", "90m", "3h", "3h", "7h"};
    private static final String[] COUNTING = {"count_over_time", "rate", "bytes_over_time", "bytes_rate"};
    private static final String[] MERGING = {"sum_over_time", "max_over_time", "min_over_time", "avg_over_time"};
    /** Computed from samples in the order of time, or with rounding that hangs on the order of merging. */
    private static final String[] OTHERS = {"quantile_over_time", "stdvar_over_time", "stddev_over_time", "first_over_time", "last_over_time", "rate"};

    private final Random random;

    QueryText(Random random) {
        this.random = random;
    }

    /** A log query. */
    String log() {
        return selector() + stages(5);
    }

    /** A metric query. */
    String metric() {
        return random.nextInt(16) == 0 ? variants() : metric(3, false);
    }

    private String variants() {
        String window = " [" + pick(RANGES) + "]";
        String of = selector() + stages(2) + " | __error__=\"\"" + window;
        return "variants(" + pick(COUNTING) + "(" + of + "), sum" + around("", pick(COUNTING) + "(" + of + ")") + ") of (" + of + ")";
    }

    String selector() {
        return random.nextBoolean() ? "{app=~\".+\"}" : pick(
                "{app=~\".+\"}", "{env=\"prod\"}", "{app=~\"api|web\"}", "{env!=\"dev\",app=~\".+\"}", "{pod=~\"p-[0-3]\"}", "{level=\"error\"}", "{app=\"db\",env=~\"p.*\"}",
                "{app=~\".+\",level!~\"info|warn\"}", "{env=~\"dev|prod\",n=\"\"}");
    }

    private String stages(int most) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            out.append(' ').append(stage());
        }
        return out.toString();
    }

    private String stage() {
        return switch (random.nextInt(18)) {
            case 0, 1, 2 -> lineFilter();
            case 3, 4, 5, 6 -> parser();
            case 7, 8, 9 -> "| " + filter(2);
            case 10 -> "| line_format \"" + pick(TEMPLATES) + "\"";
            case 11 -> "| label_format " + formats();
            case 12 -> "| drop " + specs();
            case 13 -> "| keep " + specs();
            case 14 -> "| decolorize";
            case 15 -> pick("|= ip(\"10.0.0.0/8\")", "!= ip(\"10.0.0.7\")", "|= ip(\"::1\")");
            case 16 -> pick("| __error__=\"\"", "| __error__!=\"JSONParserErr\"", "| __error__=~\".+\"");
            default -> "| unpack";
        };
    }

    /** A line filter, which commutes with everything that does not change the line. */
    String lineFilter() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> pick("|=", "!=") + " \"" + text(NEEDLES) + "\"";
            case 2 -> pick("|=", "!=") + " \"" + text(NEEDLES) + "\" or \"" + text(NEEDLES) + "\"";
            case 3, 4 -> pick("|~", "!~") + " \"" + pick(REGEXES) + "\"";
            default -> pick("|>", "!>") + " \"" + pick("<_>level=<_>", "{<_>}", "<_> <_>", "<_>ms", "level=error<_>") + "\"";
        };
    }

    String parser() {
        return switch (random.nextInt(9)) {
            case 0, 1 -> "| json";
            case 2, 3 -> "| logfmt" + pick("", "", " --strict", " --keep-empty", " --strict --keep-empty");
            case 4 -> "| json " + pick("level", "user_id=\"user.id\"", "t=\"tags[1]\", n", "app=\"level\"", "u=\"user\"");
            case 5 -> "| logfmt " + pick("level", "lv=\"level\", n", "app=\"msg\"");
            case 6 -> "| pattern \"" + pick("<ip> - <_> <path> <status> <took>", "level=<level> <_>", "<_>n=<n> <rest>") + "\"";
            case 7 -> "| regexp \"" + pick("level=(?P<level>\\\\w+)", "(?P<status>\\\\d{3})", "n=(?P<n>\\\\d+)(?P<rest>.*)", "(?P<app>[a-z]+) (?P<x>y)?") + "\"";
            default -> "| unpack";
        };
    }

    /** A test of a label against text, which never sets an error. */
    String textFilter() {
        return random.nextBoolean()
                ? pick(NAMES) + pick("=", "!=") + "\"" + pick(VALUES) + "\""
                : pick(NAMES) + pick("=~", "!~") + "\"" + pick(VALUE_REGEXES) + "\"";
    }

    private String filter(int depth) {
        if (depth > 0 && random.nextInt(3) == 0) {
            String both = filter(depth - 1) + pick(" or ", " and ", ", ", " ") + filter(depth - 1);
            return random.nextBoolean() ? "(" + both + ")" : both;
        }
        String comparison = " " + pick("==", "!=", ">", ">=", "<", "<=") + " ";
        return switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> textFilter();
            case 4 -> pick("n", "status", "lat", "app") + comparison + pick("0", "7", "300", "12.5", "-1");
            case 5 -> pick("took", "n") + comparison + pick("300ms", "1s", "1h30m");
            // Printed sizes are rounded to two digits, as Loki's are.
            case 6 -> pick("size", "n") + comparison + pick("1KB", "20KB", "500B");
            default -> pick("ip", "msg") + pick(" = ", " != ") + "ip(\"" + pick("10.0.1.0/24", "10.0.0.7") + "\")";
        };
    }

    private String formats() {
        String first = pick("a", "level", "app", "n") + "=" + (random.nextBoolean() ? pick(NAMES) : "\"" + pick(TEMPLATES) + "\"");
        return random.nextBoolean() ? first : first + ", z=" + (random.nextBoolean() ? pick(NAMES) : "\"" + pick(TEMPLATES) + "\"");
    }

    private String specs() {
        List<String> specs = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            specs.add(random.nextBoolean() ? pick(NAMES) : textFilter());
        }
        specs.add(pick("__error__=\"x\"", "env=\"none\"", "pod=~\"p-.\""));
        return String.join(", ", specs);
    }

    /** @param exact whether a value may not hang on the order of additions, because something compares it */
    private String metric(int depth, boolean exact) {
        if (depth == 0) {
            return range(exact);
        }
        return switch (random.nextInt(14)) {
            case 0, 1, 2, 3 -> range(exact);
            case 4, 5, 6, 7 -> pick("sum", "sum", "avg", "max", "min", "count") + around("", metric(depth - 1, exact));
            case 8 -> exact ? range(true) : pick("stddev", "stdvar") + around("", metric(depth - 1, true));
            case 9 -> pick("topk", "bottomk") + around((1 + random.nextInt(4)) + ", ", metric(depth - 1, true));
            case 10 -> pick("sort", "sort_desc") + "(" + metric(depth - 1, true) + ")";
            case 11 ->
                "label_replace(" + metric(depth - 1, exact) + ", \"" + pick("app", "new", "level") + "\", \"" + pick("$1", "x", "", "${1}-y") + "\", \"" + pick(NAMES)
                        + "\", \"" + pick("(.*)", "(e).*", "p-(.)") + "\")";
            case 12 -> {
                String side = pick("2", "0.5", "vector(3)", "0", "100");
                String other = "(" + metric(depth - 1, true) + ")";
                String op = " " + pick("+", "-", "*", "/", "%", "^", ">", "<=", "== bool", "!=", "> bool") + " ";
                yield random.nextBoolean() ? other + op + side : side + op + other;
            }
            default -> "(" + metric(depth - 1, true) + ") " + operator() + " (" + metric(depth - 1, true) + ")";
        };
    }

    private String operator() {
        String matching = pick("", "", "on(app) ", "on(app, level) ", "ignoring(pod, level) ");
        if (random.nextInt(3) == 0) {
            return pick("and ", "or ", "or ", "unless ") + matching;
        }
        String many = !matching.isEmpty() && random.nextInt(3) == 0 ? pick("group_left ", "group_right ", "group_left(env) ", "group_right() ") : "";
        return pick("+ ", "- ", "* ", "/ ", "> ", "<= ", "== bool ", "!= ") + matching + many;
    }

    private String around(String parameter, String inner) {
        String grouping = grouping();
        boolean before = random.nextBoolean();
        return (before && !grouping.isEmpty() ? " " + grouping + " " : "") + "(" + parameter + inner + ")" + (before || grouping.isEmpty() ? "" : " " + grouping);
    }

    private String grouping() {
        return switch (random.nextInt(4)) {
            case 0 -> "";
            case 1 -> "without (" + pick(GROUP_NAMES) + ", " + pick(GROUP_NAMES) + ")";
            case 2 -> "by (" + pick(GROUP_NAMES) + ", " + pick(GROUP_NAMES) + ")";
            default -> "by (" + pick(GROUP_NAMES) + ")";
        };
    }

    private String range(boolean exact) {
        // Lines that cannot be parsed would make most queries fail.
        String errors = random.nextInt(8) == 0 ? "" : " | __error__=\"\"";
        if (random.nextInt(16) == 0) {
            return "absent_over_time(" + selector() + stages(2) + window() + ")";
        }
        if (random.nextBoolean()) {
            return pick(COUNTING) + "(" + selector() + stages(2) + errors + window() + ")";
        }
        String op = pick(exact || random.nextBoolean() ? MERGING : OTHERS);
        String unwrap = " | unwrap " + pick("n", "lat", "status", "bytes(size)", "duration(took)", "duration_seconds(took)");
        String grouped = op.equals("rate") || op.equals("sum_over_time") || random.nextBoolean() ? "" : " " + grouping();
        return op + "(" + (op.equals("quantile_over_time") ? pick("0.5", "0.99", "1", "0", "2") + ", " : "") + selector() + " " + (random.nextInt(3) > 0 ? pick("| json", "| logfmt") : parser()) + stages(1) + unwrap + errors
                + (random.nextInt(6) == 0 ? " | " + textFilter() : "") + window() + ")" + grouped;
    }

    String window() {
        return " [" + pick(RANGES) + "]" + pick("", "", "", " offset 5m", " offset 1h", " offset -20m");
    }

    /** A selector, line filters, one parser, and tests of labels: stages whose order and needs change nothing. */
    List<String> lawful() {
        List<String> stages = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            stages.add(lineFilter());
        }
        if (random.nextInt(4) > 0) {
            stages.add(pick("|~ \"^{.*}$\" | json", "| logfmt", "| logfmt --keep-empty", "|~ \"^{.*}$\" | json user_id=\"user.id\", level", "| regexp \"level=(?P<level>\\\\w+)\""));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            stages.add("| " + textFilter());
        }
        return stages;
    }

    /** One of some texts in a string literal. */
    private String text(String[] texts) {
        return pick(texts).replace("\"", "\\\"");
    }

    String pick(String... values) {
        return values[random.nextInt(values.length)];
    }
}
