package io.narfi.logql.regex;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.narfi.common.RegularExpressions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Finds the first match in a text and the places of its groups. For one thread. */
public final class GroupMatcher {
    private static final int[] NONE = {};

    private final Pattern judge;
    private final @Nullable Backtracker backtracker;
    private final Regex regex;
    private final int[] places;

    /** The text that RE2/J searches, null before the first one. */
    private @Nullable Matcher matcher;

    /** Where in the bytes its characters begin. */
    private int[] characters = NONE;

    GroupMatcher(Pattern judge, @Nullable Backtracker backtracker, Regex regex) {
        this.judge = judge;
        this.backtracker = backtracker;
        this.regex = regex;
        this.places = new int[2 * (judge.groupCount() + 1)];
    }

    /** Number of groups, the whole match not counted. */
    public int groups() {
        return places.length / 2 - 1;
    }

    /** Looks for the leftmost match in the bytes {@code [from, to)}. */
    public boolean find(byte[] text, int from, int to) {
        Backtracker b = backtracker;
        // from a single start the backtracker says no as fast as anything
        boolean direct = b != null && b.isAnchored() && b.fits(to - from);
        return (direct || regex.find(text, from, to)) && find(text, from, from, to);
    }

    /**
     * Looks for the leftmost match that begins at {@code start} or later in the bytes {@code [from, to)}; what stands before counts for assertions.
     * The first search in a text is from its begin on.
     */
    public boolean find(byte[] text, int from, int start, int to) {
        Backtracker b = backtracker;
        if (b != null && b.fits(to - start)) {
            return b.find(text, from, start, to, places);
        }
        Matcher m = matcher;
        if (m == null || start == from) {
            m = judge.matcher(Utf8.toText(text, from, to));
            matcher = m;
            characters = Utf8.places(text, from, to);
        }
        if (!RegularExpressions.find(m, characterAt(start))) {
            return false;
        }
        int[] at = characters;
        for (int g = 0; g < places.length / 2; g++) {
            places[2 * g] = m.start(g) < 0 ? -1 : at[m.start(g)];
            places[2 * g + 1] = m.end(g) < 0 ? -1 : at[m.end(g)];
        }
        return true;
    }

    private int characterAt(int place) {
        int i = Arrays.binarySearch(characters, place);
        // two surrogates begin at one place
        return i > 0 && characters[i - 1] == place ? i - 1 : i;
    }

    /** Gives up what it keeps of a text, after the last search in it. */
    public void release() {
        matcher = null;
        characters = NONE;
    }

    /** Where a group of the last match begins, -1 if it took no part; group 0 is the whole match. */
    public int start(int group) {
        return places[2 * group];
    }

    /** Where a group of the last match ends. */
    public int end(int group) {
        return places[2 * group + 1];
    }
}
