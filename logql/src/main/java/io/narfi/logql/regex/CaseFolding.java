package io.narfi.logql.regex;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Unicode's simple case folding as orbits: the code points that are equal when case is ignored. {@code İ} and {@code ı} fold only to
 * themselves.
 */
final class CaseFolding {
    private static final Map<Integer, int[]> ORBITS = orbits();

    private CaseFolding() {}

    private static Map<Integer, int[]> orbits() {
        Map<Integer, int[]> groups = new HashMap<>();
        for (int c = 0; c <= 0x1ffff; c++) {
            int key = key(c);
            if (key != c || Character.toUpperCase(c) != c) {
                int[] group = groups.merge(key, new int[] {c}, CaseFolding::join);
                if (key != c && group != null && !contains(group, key) && key(key) == key) {
                    groups.merge(key, new int[] {key}, CaseFolding::join);
                }
            }
        }
        Map<Integer, int[]> byMember = new HashMap<>();
        for (int[] group : groups.values()) {
            Arrays.sort(group);
            if (group.length > 1) {
                for (int member : group) {
                    byMember.put(member, group);
                }
            }
        }
        return byMember;
    }

    private static int key(int c) {
        return c == 0x130 || c == 0x131 ? c : Character.toLowerCase(Character.toUpperCase(c));
    }

    private static boolean contains(int[] group, int c) {
        for (int member : group) {
            if (member == c) {
                return true;
            }
        }
        return false;
    }

    private static int[] join(int[] group, int[] more) {
        if (contains(group, more[0])) {
            return group;
        }
        int[] out = Arrays.copyOf(group, group.length + 1);
        out[group.length] = more[0];
        return out;
    }

    /** All code points equal to this one but for case, itself included, ascending. */
    static int[] orbit(int rune) {
        int[] orbit = ORBITS.get(rune);
        return orbit == null ? new int[] {rune} : orbit;
    }

    /** The least code point of the orbit: the upper-case letter in ASCII. */
    static int least(int rune) {
        int[] orbit = ORBITS.get(rune);
        return orbit == null ? rune : orbit[0];
    }

    /** A set with all case variants of its members. */
    static RuneSet close(RuneSet set) {
        RuneSet.Builder out = new RuneSet.Builder().add(set);
        int[] ranges = set.ranges();
        for (Map.Entry<Integer, int[]> e : ORBITS.entrySet()) {
            if (set.contains(e.getKey())) {
                for (int member : e.getValue()) {
                    out.add(member, member);
                }
            }
        }
        return ranges.length == 0 ? set : out.build();
    }
}
