package io.narfi.logql.regex;

import java.util.Arrays;

/** With which characters something that begins at an instruction can go on. */
final class FirstClasses {
    private FirstClasses() {}

    /** By class, of what begins at an instruction; the last place is the end of the text. All are true where a match may end at once. */
    static boolean[] of(Program p, int start) {
        boolean[] first = new boolean[p.classes.count + 1];
        boolean[] seen = new boolean[p.size];
        int[] stack = new int[2 * p.size + 2];
        int depth = 0;
        stack[depth++] = start;
        while (depth > 0) {
            int pc = stack[--depth];
            if (seen[pc]) {
                continue;
            }
            seen[pc] = true;
            switch (p.ops[pc]) {
                case Program.MATCH -> {
                    Arrays.fill(first, true);
                    return first;
                }
                case Program.RUNE -> {
                    boolean[] members = p.members[p.arg[pc]];
                    for (int c = 0; c < members.length; c++) {
                        first[c] |= members[c];
                    }
                }
                case Program.SPLIT -> {
                    stack[depth++] = p.arg[pc];
                    stack[depth++] = p.next[pc];
                }
                case Program.ASSERT, Program.SAVE -> stack[depth++] = p.next[pc];
                default -> {
                    // FAIL: nothing begins here
                }
            }
        }
        return first;
    }
}
