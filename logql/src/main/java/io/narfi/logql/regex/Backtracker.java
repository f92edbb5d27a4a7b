package io.narfi.logql.regex;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the leftmost match with Perl's preferences by trying alternatives in order. A bit for each pair of split and place says that the pair
 * was tried before, also from an earlier start: what failed once fails again. So time and memory are bounded by program size times text
 * length ({@link #fits}). A branch that the next character rules out is not tried, which leaves little to go back to in practice. For one
 * thread.
 */
final class Backtracker {
    /** Of the table of visited pairs. */
    static final int MAX_BITS = 1 << 21;
    /** Steps that preparing {@link #ways} may take. */
    private static final int MAX_LOOKAHEAD = 4_000_000;

    private final Program program;
    private final boolean[] first;
    /** By the instruction of a branch and the class of the next character: whether the branch may go on. Null for large programs. */
    private final boolean @Nullable [][] ways;
    /** By place and instruction; all clear between searches. */
    private long[] visited = new long[64];
    /** The last place of which a bit is set, so that a search clears what it used and not all there is. */
    private int furthest;

    /** Jobs as pairs: an instruction and a place, or the complement of a slot and its old value. */
    private int[] stack = new int[64];
    private int depth;

    Backtracker(Program program) {
        this.program = program;
        this.first = FirstClasses.of(program, program.start);
        this.ways = (long) program.size * program.size * (program.classes.count + 1L) <= MAX_LOOKAHEAD ? ways(program) : null;
    }

    private static boolean[][] ways(Program program) {
        boolean[][] ways = new boolean[program.size][];
        for (int pc = 0; pc < program.size; pc++) {
            if (program.ops[pc] == Program.SPLIT) {
                ways[program.next[pc]] = FirstClasses.of(program, program.next[pc]);
                ways[program.arg[pc]] = FirstClasses.of(program, program.arg[pc]);
            }
        }
        return ways;
    }

    /** Whether a match can only begin where the text begins. */
    boolean isAnchored() {
        return program.anchored;
    }

    boolean fits(int length) {
        return (long) (length + 1) * program.size <= MAX_BITS;
    }

    boolean find(byte[] text, int from, int start, int to, int[] places) {
        int words = words(to - start + 1);
        if (visited.length < words) {
            visited = new long[words];
        }
        furthest = start;
        boolean found = search(text, from, start, to, places);
        Arrays.fill(visited, 0, words(furthest - start + 1), 0);
        return found;
    }

    private int words(int width) {
        return (width * program.size + 63) >>> 6;
    }

    private boolean search(byte[] text, int from, int start, int to, int[] places) {
        int at = start;
        while (true) {
            int decoded = at < to ? Utf8.decode(text, at, to) : 0;
            if (at == to ? first[program.classes.count] : first[program.classes.of(decoded >> 3)]) {
                Arrays.fill(places, -1);
                if (run(text, from, start, at, to, places)) {
                    return true;
                }
            }
            if (at >= to || (program.anchored && at >= from)) {
                return false;
            }
            at += decoded & 7;
        }
    }

    private boolean run(byte[] text, int from, int base, int at, int to, int[] places) {
        byte[] ops = program.ops;
        int[] next = program.next;
        int[] arg = program.arg;
        boolean[][] members = program.members;
        int size = program.size;
        depth = 0;
        push(program.start, at);
        while (depth > 0) {
            int place = stack[--depth];
            int pc = stack[--depth];
            if (pc < 0) {
                places[~pc] = place;
                continue;
            }
            // the class of the character at the place, negative when it is not known yet
            int here = -1;
            int after = 0;
            while (true) {
                byte op = ops[pc];
                if (op == Program.MATCH) {
                    places[0] = at;
                    places[1] = place;
                    return true;
                }
                if (op == Program.SAVE) {
                    int slot = arg[pc];
                    push(~slot, places[slot]);
                    places[slot] = place;
                    pc = next[pc];
                    continue;
                }
                if (here < 0) {
                    if (place == to) {
                        here = program.classes.count;
                        after = to;
                    } else if (text[place] >= 0) {
                        here = program.classes.ascii[text[place]];
                        after = place + 1;
                    } else {
                        int decoded = Utf8.decode(text, place, to);
                        here = program.classes.of(decoded >> 3);
                        after = place + (decoded & 7);
                    }
                }
                if (op == Program.RUNE) {
                    if (place == to || !members[arg[pc]][here]) {
                        break;
                    }
                    place = after;
                    here = -1;
                    pc = next[pc];
                } else if (op == Program.SPLIT) {
                    int bit = (place - base) * size + pc;
                    if ((visited[bit >> 6] & (1L << bit)) != 0) {
                        break;
                    }
                    visited[bit >> 6] |= 1L << bit;
                    furthest = Math.max(furthest, place);
                    pc = branch(next[pc], arg[pc], place, here);
                    if (pc < 0) {
                        break;
                    }
                } else if (op == Program.FAIL || !holds(program.kind(pc), text, from, place, to)) {
                    break;
                } else {
                    pc = next[pc];
                }
            }
        }
        return false;
    }

    /**
     * The branch to take at a split, -1 if none can go on; the other one is kept for later if it can go on as well.
     *
     * @param here class of the next character
     */
    private int branch(int preferred, int other, int place, int here) {
        boolean[][] w = ways;
        if (w != null) {
            if (!w[other][here]) {
                return w[preferred][here] ? preferred : -1;
            }
            if (!w[preferred][here]) {
                return other;
            }
        }
        push(other, place);
        return preferred;
    }

    private void push(int pc, int place) {
        if (depth + 2 > stack.length) {
            stack = Arrays.copyOf(stack, 2 * stack.length);
        }
        stack[depth++] = pc;
        stack[depth++] = place;
    }

    private static boolean holds(RegexNode.Kind kind, byte[] text, int from, int at, int to) {
        int before = at > from ? Utf8.decodeBefore(text, from, at) >> 3 : -1;
        int after = at < to ? Utf8.decode(text, at, to) >> 3 : -1;
        return switch (kind) {
            case BEGIN_TEXT -> before < 0;
            case BEGIN_LINE -> before < 0 || before == '\n';
            case END_TEXT -> after < 0;
            case END_LINE -> after < 0 || after == '\n';
            case WORD_BOUNDARY -> Program.isWord(before) != Program.isWord(after);
            case NO_WORD_BOUNDARY -> Program.isWord(before) == Program.isWord(after);
        };
    }
}
