package io.narfi.logql.pipeline;

/** {@code | logfmt} (§6.6). */
final class LogfmtStage implements RowStage {
    static final String ERROR = "LogfmtParserErr";

    private final boolean strict;
    private final boolean keepEmpty;
    private final LogfmtScanner scanner = new LogfmtScanner();

    LogfmtStage(boolean strict, boolean keepEmpty) {
        this.strict = strict;
        this.keepEmpty = keepEmpty;
    }

    @Override
    public boolean run(LabelBuilder entry) {
        if (Extractor.isIdle(entry)) {
            return true;
        }
        LogfmtScanner s = scanner;
        s.reset(entry.line, entry.lineFrom, entry.lineTo);
        while (true) {
            if (!s.next()) {
                if (s.error == null) {
                    return true;
                }
                if (strict) {
                    return error(entry, s.error);
                }
                s.skip();
                continue;
            }
            if (s.valueFrom == s.valueTo && !keepEmpty) {
                continue;
            }
            Name name = entry.names.ofKey(entry.line, s.keyFrom, s.keyTo);
            if (name == null) {
                continue;
            }
            Name target = entry.target(name);
            if (!entry.wants(target)) {
                continue;
            }
            int outcome = write(entry, target, s);
            if (outcome != Extractor.NEXT) {
                return outcome != Extractor.REJECTED;
            }
        }
    }

    /** Writes the scanner's value under a name. */
    static int write(LabelBuilder entry, Name target, LogfmtScanner s) {
        if (!s.escaped) {
            return Extractor.writeClean(entry, target, entry.line, s.valueFrom, s.valueTo);
        }
        byte[] room = entry.scratch(s.valueTo - s.valueFrom);
        int at = entry.scratchEnd();
        int end = JsonStrings.blankOut(room, at, LogfmtStrings.decode(entry.line, s.valueFrom, s.valueTo, room, at));
        entry.take(end);
        return Extractor.write(entry, target, room, at, end);
    }

    /** Sets the error; a filter on {@code __error__} rejects the entry at once, as with extracted labels (§8.1). */
    static boolean error(LabelBuilder entry, String details) {
        entry.parserError(ERROR, details);
        LabelTest early = entry.hints.early(LabelBuilder.ERROR);
        return early == null || early.test(entry, entry.names.get(LabelBuilder.ERROR));
    }
}
