package io.narfi.logql.pipeline;

import io.narfi.logql.Stage.Extraction;
import java.util.List;

/** {@code | logfmt name="key", …} (§6.7). */
final class LogfmtKeysStage implements RowStage {
    private static final byte[] NONE = {};

    private final boolean strict;
    private final Name[] keys;
    private final Name[] labels;
    private final LogfmtScanner scanner = new LogfmtScanner();

    private LogfmtKeysStage(boolean strict, Name[] keys, Name[] labels) {
        this.strict = strict;
        this.keys = keys;
        this.labels = labels;
    }

    static RowStage.Factory compile(boolean strict, List<Extraction> extractions) {
        List<String> keys = extractions.stream().map(e -> KeyPath.logfmtKey(e.expression())).toList();
        return builder -> {
            Name[] keyNames = new Name[keys.size()];
            Name[] labelNames = new Name[keys.size()];
            for (int i = 0; i < keyNames.length; i++) {
                keyNames[i] = builder.names.pin(keys.get(i));
                labelNames[i] = builder.names.pin(extractions.get(i).name());
            }
            return new LogfmtKeysStage(strict, keyNames, labelNames);
        };
    }

    @Override
    public boolean run(LabelBuilder entry) {
        if (Extractor.isIdle(entry)) {
            return true;
        }
        for (Name label : labels) {
            if (entry.target(label) == label) {
                entry.set(label, NONE, 0, 0);
                if (entry.isRestricted()) {
                    // Loki counts the empty default as found, so that it stops after the first value.
                    entry.claim(label);
                }
            }
        }
        LogfmtScanner s = scanner;
        s.reset(entry.line, entry.lineFrom, entry.lineTo);
        String error = null;
        while (true) {
            if (s.next()) {
                Name key = entry.names.ofKey(entry.line, s.keyFrom, s.keyTo);
                int i = key == null ? -1 : indexOf(key);
                // Where labels are restricted Loki asks whether the key is needed, and means the label.
                if (key != null && i >= 0 && (!entry.isRestricted() || key.needed)) {
                    write(entry, labels[i], s);
                    if (entry.isRestricted() && entry.allFound()) {
                        break;
                    }
                }
            } else if (s.error == null) {
                break;
            } else if (strict) {
                error = s.error;
                break;
            } else {
                s.skip();
            }
        }
        if (error != null) {
            entry.parserError(LogfmtStage.ERROR, error);
        }
        return true;
    }

    /** Of two labels for one key the later one gets the value. A key of the line that is called like a label is taken too. */
    private int indexOf(Name key) {
        for (int i = keys.length - 1; i >= 0; i--) {
            if (keys[i] == key) {
                return i;
            }
        }
        for (int i = labels.length - 1; i >= 0; i--) {
            if (labels[i] == key) {
                return i;
            }
        }
        return -1;
    }

    private static void write(LabelBuilder entry, Name label, LogfmtScanner s) {
        Name target = entry.target(label);
        int room = s.valueTo - s.valueFrom;
        byte[] out = entry.scratch(room);
        int at = entry.scratchEnd();
        int end;
        if (s.escaped) {
            end = LogfmtStrings.decode(entry.line, s.valueFrom, s.valueTo, out, at);
        } else {
            System.arraycopy(entry.line, s.valueFrom, out, at, room);
            end = at + room;
        }
        if (JsonStrings.hasReplacement(out, at, end)) {
            end = at;
        }
        entry.take(end);
        entry.set(target, out, at, end);
        entry.claim(target);
    }
}
