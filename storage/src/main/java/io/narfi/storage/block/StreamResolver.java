package io.narfi.storage.block;

import io.narfi.common.LabelMatcher;
import io.narfi.common.LabelMatcher.Op;
import io.narfi.storage.CorruptDataException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the series that pass all matchers. Comparisons with one value come first, since they are one list each. An expression is tried on
 * the values of its label, or, if fewer series than values are left by then, on the values of those series. A series without the label counts
 * as one with the empty value, so a matcher that the empty value passes takes away the series whose values fail, and any other keeps those
 * whose values pass.
 */
final class StreamResolver {
    private final SymbolTable symbols;
    private final SeriesIndex series;
    private final Postings postings;

    StreamResolver(SymbolTable symbols, SeriesIndex series, Postings postings) {
        this.symbols = symbols;
        this.series = series;
        this.postings = postings;
    }

    /** The series with a number in {@code [from, to)} that pass. */
    BitSet resolve(List<LabelMatcher> matchers, int from, int to) throws CorruptDataException {
        BitSet left = new BitSet(series.count());
        left.set(from, Math.max(from, to));
        List<LabelMatcher> ordered = new ArrayList<>(matchers);
        ordered.sort(Comparator.comparing(StreamResolver::isRegex));
        for (LabelMatcher matcher : ordered) {
            if (left.isEmpty()) {
                break;
            }
            apply(matcher, left);
        }
        return left;
    }

    private static boolean isRegex(LabelMatcher matcher) {
        return switch (matcher.op()) {
            case EQUAL, NOT_EQUAL -> false;
            case REGEX, NOT_REGEX -> true;
        };
    }

    private void apply(LabelMatcher matcher, BitSet left) throws CorruptDataException {
        boolean emptyPasses = matcher.matches("");
        int symbol = symbols.find(matcher.name());
        int name = symbol < 0 ? -1 : postings.findName(symbol);
        if (name < 0) {
            if (!emptyPasses) {
                left.clear();
            }
            return;
        }
        int values = postings.firstValue(name + 1) - postings.firstValue(name);
        if (isRegex(matcher) && left.cardinality() < values) {
            filterEach(matcher, symbol, left);
            return;
        }
        BitSet found = new BitSet(series.count());
        if (isRegex(matcher)) {
            addPassing(matcher, !emptyPasses, name, found);
        } else {
            addCompared(matcher, !emptyPasses, name, found);
        }
        if (emptyPasses) {
            left.andNot(found);
        } else {
            left.and(found);
        }
    }

    /** Adds the series with a value for which the expression's answer is {@code wanted}. */
    private void addPassing(LabelMatcher matcher, boolean wanted, int name, BitSet found) throws CorruptDataException {
        int first = postings.firstValue(name);
        int end = postings.firstValue(name + 1);
        BitSet passing = new BitSet(end - first);
        for (int value = first; value < end; value++) {
            if (matcher.matches(symbols.text(postings.valueSymbol(value))) == wanted) {
                passing.set(value - first);
            }
        }
        if (passing.cardinality() == end - first) {
            postings.addName(name, found);
            return;
        }
        for (int i = passing.nextSetBit(0); i >= 0; i = passing.nextSetBit(i + 1)) {
            postings.addValue(first + i, found);
        }
    }

    /** The same for a comparison with one value, which takes one or two lists. */
    private void addCompared(LabelMatcher matcher, boolean wanted, int name, BitSet found) throws CorruptDataException {
        int symbol = symbols.find(matcher.value());
        int value = symbol < 0 ? -1 : postings.findValue(name, symbol);
        boolean wantsEqual = (matcher.op() == Op.EQUAL) == wanted;
        if (wantsEqual) {
            if (value >= 0) {
                postings.addValue(value, found);
            }
            return;
        }
        postings.addName(name, found);
        if (value >= 0) {
            BitSet equal = new BitSet(series.count());
            postings.addValue(value, equal);
            found.andNot(equal);
        }
    }

    private void filterEach(LabelMatcher matcher, int nameSymbol, BitSet left) throws CorruptDataException {
        Map<Integer, Boolean> known = new HashMap<>();
        for (int id = left.nextSetBit(0); id >= 0; id = left.nextSetBit(id + 1)) {
            int symbol = series.value(id, nameSymbol);
            Boolean passes = known.get(symbol);
            if (passes == null) {
                passes = matcher.matches(symbol < 0 ? "" : symbols.text(symbol));
                known.put(symbol, passes);
            }
            if (!passes) {
                left.clear(id);
            }
        }
    }
}
