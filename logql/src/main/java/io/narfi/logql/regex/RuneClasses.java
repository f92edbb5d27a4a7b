package io.narfi.logql.regex;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Splits all code points into classes whose members no set of a list tells apart. */
final class RuneClasses {
    /** Class of each ASCII character. */
    final short[] ascii = new short[128];
    final int count;

    private final int[] starts;
    private final short[] classOf;
    private final List<Integer> samples = new ArrayList<>();

    RuneClasses(List<RuneSet> sets) {
        TreeSet<Integer> cuts = new TreeSet<>();
        cuts.add(0);
        for (RuneSet set : sets) {
            int[] r = set.ranges();
            for (int i = 0; i < r.length; i += 2) {
                cuts.add(r[i]);
                if (r[i + 1] < RuneSet.MAX_RUNE) {
                    cuts.add(r[i + 1] + 1);
                }
            }
        }
        starts = cuts.stream().mapToInt(Integer::intValue).toArray();
        classOf = new short[starts.length];
        Map<BitSet, Integer> bySignature = new HashMap<>();
        for (int i = 0; i < starts.length; i++) {
            BitSet signature = new BitSet(sets.size());
            for (int s = 0; s < sets.size(); s++) {
                signature.set(s, sets.get(s).contains(starts[i]));
            }
            Integer known = bySignature.get(signature);
            if (known == null) {
                known = samples.size();
                bySignature.put(signature, known);
                samples.add(starts[i]);
            }
            classOf[i] = (short) (int) known;
        }
        count = samples.size();
        for (int c = 0; c < 128; c++) {
            ascii[c] = classOf[interval(c)];
        }
    }

    int of(int rune) {
        return rune < 128 ? ascii[rune] : classOf[interval(rune)];
    }

    /** A character of a class. */
    int sample(int runeClass) {
        return samples.get(runeClass);
    }

    boolean[] members(RuneSet set) {
        boolean[] in = new boolean[count];
        for (int i = 0; i < count; i++) {
            in[i] = set.contains(samples.get(i));
        }
        return in;
    }

    private int interval(int rune) {
        int low = 0;
        int high = starts.length - 1;
        while (low < high) {
            int mid = (low + high + 1) >>> 1;
            if (starts[mid] <= rune) {
                low = mid;
            } else {
                high = mid - 1;
            }
        }
        return low;
    }
}
