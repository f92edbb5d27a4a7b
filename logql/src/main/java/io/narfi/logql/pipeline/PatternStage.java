package io.narfi.logql.pipeline;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code | pattern "…"} (§6.9): literals are found one after the other, what lies between is captured. */
final class PatternStage implements RowStage {
    private final List<PatternElement> elements;
    /** By element; null for literals and for {@code <_>}. */
    private final @Nullable Name[] names;

    private PatternStage(List<PatternElement> elements, @Nullable Name[] names) {
        this.elements = elements;
        this.names = names;
    }

    /** @throws StageException if the pattern has no, repeated or adjacent captures */
    static RowStage.Factory compile(String pattern) {
        if (pattern.isEmpty()) {
            throw new StageException("parse error at line 1, col 1: syntax error: unexpected $end, expecting IDENTIFIER or LITERAL");
        }
        List<PatternElement> elements = PatternElement.parse(pattern);
        Set<String> seen = new HashSet<>();
        PatternElement previous = null;
        for (PatternElement e : elements) {
            if (previous != null && previous.isCapture() && e.isCapture()) {
                throw new StageException("found consecutive capture '" + previous + e + "': invalid expression");
            }
            previous = e;
        }
        for (PatternElement e : elements) {
            if (isNamed(e) && !seen.add(e.name())) {
                throw new StageException("duplicate capture name (" + e.name() + "): invalid expression");
            }
        }
        if (seen.isEmpty()) {
            throw new StageException("at least one capture is required");
        }
        return builder -> {
            @Nullable Name[] names = new Name[elements.size()];
            for (int i = 0; i < names.length; i++) {
                names[i] = isNamed(elements.get(i)) ? builder.names.pin(elements.get(i).name()) : null;
            }
            return new PatternStage(elements, names);
        };
    }

    private static boolean isNamed(PatternElement e) {
        return e.isCapture() && !e.name().equals("_");
    }

    @Override
    public boolean run(LabelBuilder entry) {
        byte[] b = entry.line;
        int at = entry.lineFrom;
        int to = entry.lineTo;
        if (at == to || Extractor.isIdle(entry)) {
            return true;
        }
        int i = 0;
        if (!elements.getFirst().isCapture()) {
            if (!Slices.startsWith(b, at, to, elements.getFirst().literal())) {
                return true;
            }
            at += elements.getFirst().literal().length;
            i = 1;
        }
        // captures and literals alternate from here on
        for (; i < elements.size(); i += 2) {
            boolean last = i + 1 == elements.size();
            int end = last ? -1 : Slices.indexOf(b, at, to, elements.get(i + 1).literal());
            Name name = names[i];
            if (name != null) {
                Name target = entry.target(name);
                if (entry.wants(target)) {
                    int outcome = Extractor.write(entry, target, b, at, end < 0 ? to : end);
                    if (outcome != Extractor.NEXT) {
                        return outcome != Extractor.REJECTED;
                    }
                }
            }
            if (end < 0) {
                return true;
            }
            at = end + elements.get(i + 1).literal().length;
        }
        return true;
    }
}
