package io.narfi.logql.regex;

import java.util.Arrays;

/**
 * Finds the leftmost match with Perl's preferences by trying alternatives in order. A bit for each pair of instruction and place says that
 * the pair was tried before, also from an earlier start: what failed once fails again. So time and memory are bounded by program size times
 * text length ({@link #fits}). For one thread.
 */
final class Backtracker {
    /** Of the table of visited pairs. */
    static final int MAX_BITS = 1 << 21;

    private final Program program;
    private final boolean[] first;
    private long[] visited = new long[64];
    /** Jobs as pairs: an instruction and a place, or the complement of a slot and its old value. */
    private int[] stack = new int[64];
    private int depth;

    Backtracker(Program program) {
        this.program = program;
        this.first = FirstClasses.of(program);
    }

    boolean fits(int length) {
        return (long) (length + 1) * program.size <= MAX_BITS;
    }

    boolean find(byte[] text, int from, int start, int to, int[] places) {
        int width = to - start + 1;
        int words = (width * program.size + 63) >>> 6;
        if (visited.length < words) {
            visited = new long[words];
        } else {
            Arrays.fill(visited, 0, words, 0);
        }
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
        int width = to - base + 1;
        depth = 0;
        push(program.start, at);
        while (depth > 0) {
            int place = stack[--depth];
            int pc = stack[--depth];
            if (pc < 0) {
                places[~pc] = place;
                continue;
            }
            while (true) {
                int bit = pc * width + place - base;
                if ((visited[bit >> 6] & (1L << bit)) != 0) {
                    break;
                }
                visited[bit >> 6] |= 1L << bit;
                byte op = program.ops[pc];
                if (op == Program.MATCH) {
                    places[0] = at;
                    places[1] = place;
                    return true;
                }
                if (op == Program.RUNE) {
                    if (place == to) {
                        break;
                    }
                    int b = text[place];
                    int decoded = b >= 0 ? (b << 3) | 1 : Utf8.decode(text, place, to);
                    if (!program.members[program.arg[pc]][program.classes.of(decoded >> 3)]) {
                        break;
                    }
                    place += decoded & 7;
                } else if (op == Program.SPLIT) {
                    push(program.arg[pc], place);
                } else if (op == Program.SAVE) {
                    int slot = program.arg[pc];
                    push(~slot, places[slot]);
                    places[slot] = place;
                } else if (op == Program.FAIL || !holds(program.kind(pc), text, from, place, to)) {
                    break;
                }
                pc = program.next[pc];
            }
        }
        return false;
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
