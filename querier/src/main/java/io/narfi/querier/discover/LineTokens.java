package io.narfi.querier.discover;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.logql.pipeline.JsonMessage;
import java.util.Arrays;
import java.util.List;

/**
 * A line cut into words and what stands between them: {@code glue word glue word … glue}. Words are what may vary from line to line; the glue
 * (blanks, brackets, quotes, {@code =}, punctuation behind a word) is what gives a kind of line its shape, and stays. One object serves many
 * lines, one after the other. For one thread.
 *
 * <p>Of a JSON object with a message only the message counts, between two words that always vary. What is beyond {@link #MAX_WORDS} words
 * or {@link #MAX_BYTES} bytes is one last word that varies.
 */
final class LineTokens {
    static final int MAX_WORDS = 96;
    static final int MAX_BYTES = 4096;

    private static final byte[] NO_BYTES = {};
    /** Bytes of ASCII that never are part of a word. */
    private static final boolean[] GLUE = new boolean[128];
    /** Bytes of ASCII that are no part of a word where it begins or ends. */
    private static final boolean[] EDGE = new boolean[128];

    static {
        for (char c = 0; c <= ' '; c++) {
            GLUE[c] = true;
        }
        for (char c : "=[]{}()<>\"'`,;|".toCharArray()) {
            GLUE[c] = true;
        }
        for (char c : ":.!?".toCharArray()) {
            EDGE[c] = true;
        }
    }

    byte[] bytes = NO_BYTES;
    int words;
    int[] from = new int[MAX_WORDS + 2];
    int[] to = new int[MAX_WORDS + 2];
    boolean[] varies = new boolean[MAX_WORDS + 2];
    /** Whether a word has a digit: then it probably varies. */
    boolean[] digits = new boolean[MAX_WORDS + 2];
    /** Where the glue in front of a word begins; it ends where the word does begin. The last one is behind all words. */
    int[] glueFrom = new int[MAX_WORDS + 3];

    int[] glueTo = new int[MAX_WORDS + 3];

    /** Hash of all glue and the number of words: lines of one shape have the same. */
    int shape;
    /** As {@link #shape}, with the words that have no digit. */
    long signature;

    /** Cuts a line, whose bytes must stay until the next call. */
    void read(byte[] line, int start, int end) {
        bytes = line;
        words = 0;
        long message = JsonMessage.find(line, start, end);
        if (message < 0) {
            cut(start, end, false);
        } else {
            int at = JsonMessage.from(message);
            glue(at, at);
            word(at, at, true);
            cut(at, JsonMessage.to(message), true);
        }
        hash();
    }

    /** Takes a pattern as {@link PatternRows.Row#tokens} has it. */
    void read(List<String> texts) {
        int size = 0;
        byte[][] parts = new byte[texts.size()][];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = texts.get(i).getBytes(UTF_8);
            size += parts[i].length;
        }
        if (parts.length % 2 == 0 || parts.length / 2 > MAX_WORDS + 2) {
            throw new IllegalArgumentException("pattern of " + parts.length + " parts");
        }
        bytes = new byte[size];
        words = 0;
        int at = 0;
        for (int i = 0; i < parts.length; i++) {
            System.arraycopy(parts[i], 0, bytes, at, parts[i].length);
            int next = at + parts[i].length;
            if (i % 2 == 0) {
                glue(at, next);
            } else {
                word(at, next, next == at);
            }
            at = next;
        }
        hash();
    }

    private void cut(int start, int end, boolean openEnd) {
        int limit = Math.min(end, start + MAX_BYTES);
        int i = start;
        int glueStart = start;
        boolean cutOff = end > limit;
        while (true) {
            while (i < limit && (is(GLUE, i) || is(EDGE, i))) {
                i++;
            }
            if (i == limit) {
                break;
            }
            int wordStart = i;
            while (i < limit && !is(GLUE, i)) {
                i++;
            }
            int wordEnd = i;
            while (is(EDGE, wordEnd - 1)) {
                wordEnd--;
            }
            if (words == MAX_WORDS) {
                cutOff = true;
                i = wordStart;
                break;
            }
            glue(glueStart, wordStart);
            word(wordStart, wordEnd, false);
            glueStart = wordEnd;
            i = wordEnd;
        }
        glue(glueStart, i);
        if (cutOff || openEnd) {
            word(i, i, true);
            glue(i, i);
        }
    }

    private boolean is(boolean[] kind, int i) {
        return bytes[i] >= 0 && kind[bytes[i]];
    }

    private void glue(int start, int end) {
        glueFrom[words] = start;
        glueTo[words] = end;
    }

    private void word(int start, int end, boolean free) {
        from[words] = start;
        to[words] = end;
        varies[words] = free;
        boolean digit = false;
        for (int i = start; i < end; i++) {
            digit |= bytes[i] >= '0' && bytes[i] <= '9';
        }
        digits[words] = digit;
        words++;
    }

    private void hash() {
        int h = words;
        for (int i = 0; i <= words; i++) {
            h = 31 * h + hash(glueFrom[i], glueTo[i]);
        }
        shape = h;
        long s = h;
        for (int i = 0; i < words; i++) {
            s = s * 0x9e3779b97f4a7c15L + (varies[i] || digits[i] ? 1 : hash(from[i], to[i]));
        }
        signature = s;
    }

    private int hash(int start, int end) {
        int h = 7;
        for (int i = start; i < end; i++) {
            h = 31 * h + bytes[i];
        }
        return h;
    }

    byte[] word(int i) {
        return Arrays.copyOfRange(bytes, from[i], to[i]);
    }

    byte[] glue(int i) {
        return Arrays.copyOfRange(bytes, glueFrom[i], glueTo[i]);
    }

    boolean isWord(int i, byte[] text) {
        return Arrays.equals(bytes, from[i], to[i], text, 0, text.length);
    }

    boolean isGlue(int i, byte[] text) {
        return Arrays.equals(bytes, glueFrom[i], glueTo[i], text, 0, text.length);
    }
}
