package io.narfi.logql.pipeline;

/** What becomes of the regular expressions of label filters. */
public final class LabelRegex {
    private LabelRegex() {}

    /**
     * Whether an expression is still matched as one, and was not replaced by simpler tests (§6.3.2).
     *
     * @throws io.narfi.logql.regex.RegexSyntaxException if it is none
     */
    public static boolean staysRegex(String expression) {
        return TextTests.ofLabel(expression) instanceof RegexTest;
    }
}
