package io.narfi.ingester.validate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Collects the texts of rejected rows into one body (contract/push-validation.md §4.1): one text as it is, several counted and joined.
 * At most {@link #MAX_TEXTS} different ones, and about {@link #MAX_CHARS} of them, are kept, so that a push of a million bad rows does
 * not make a body of their size.
 */
final class ValidationErrors {
    static final int MAX_TEXTS = 1000;
    static final int MAX_CHARS = 1 << 20;

    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private int chars;
    private int total;
    private int others;

    void add(String text) {
        if (counts.containsKey(text)) {
            total++;
            counts.merge(text, 1, Integer::sum);
        } else if (isFull()) {
            addUnnamed();
        } else {
            total++;
            chars += text.length();
            counts.put(text, 1);
        }
    }

    /** Counts an error whose text need not be made any more, because the body is full. */
    void addUnnamed() {
        total++;
        others++;
    }

    boolean isFull() {
        return counts.size() >= MAX_TEXTS || chars >= MAX_CHARS;
    }

    boolean isEmpty() {
        return total == 0;
    }

    String text() {
        if (total == 1) {
            return counts.keySet().iterator().next();
        }
        StringBuilder out = new StringBuilder();
        counts.forEach((text, n) -> {
            if (!out.isEmpty()) {
                out.append("; ");
            }
            out.append(n).append(" errors like: ").append(text);
        });
        if (others > 0) {
            out.append("; ").append(others).append(" errors like: (texts of further errors are left out)");
        }
        return out.toString();
    }
}
