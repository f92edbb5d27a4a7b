package io.narfi.logql.regex;

import io.narfi.common.ApiException;
import io.narfi.logql.Bound;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether an expression matches somewhere in a text, in one pass, with a deterministic machine that is built while it runs. A
 * state is the set of instructions that threads stand at before the next character is known, together with what assertions need to know
 * of the character before it; a step first resolves the assertions, now that both neighbours are known, then takes the character. So a
 * match is seen one character late, or at the end.
 *
 * <p>States are shared by all threads. Their table of successors is filled without locks: a state is immutable apart from it, a racing
 * reader sees null or a complete state, and computes the same again in the first case. When the states weigh more than {@link
 * #MAX_WEIGHT}, all are dropped and built anew from where a search stands: memory is bounded and time stays linear in the text.
 */
final class LazyDfa {
    /** Of all states of an expression together, roughly in bytes. */
    static final long MAX_WEIGHT = 2 << 20;

    /** Instructions that one text may cost beyond its own length, about two seconds: states that are known cost nothing. */
    static final long MAX_WORK = 1_000_000_000;

    private static final int AT_START = 1;
    private static final int AFTER_NEWLINE = 2;
    private static final int AFTER_WORD = 4;

    private static final State MATCH = new State(new int[0], 0, 0);
    private static final State DEAD = new State(new int[0], 0, 0);

    /** Some successor arrays are null until they are asked for. */
    private static final class State {
        final int[] threads;
        final int before;
        final @Nullable State[] successors;

        State(int[] threads, int before, int classes) {
            this.threads = threads;
            this.before = before;
            this.successors = new State[classes];
        }
    }

    private record Key(int[] threads, int before) {
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Key k && before == k.before && Arrays.equals(threads, k.threads);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(threads) + before;
        }
    }

    /** One generation of states. */
    private static final class Generation {
        final Map<Key, State> states = new HashMap<>();
        final State start;
        private final AtomicLong weight = new AtomicLong();

        Generation(State start) {
            this.start = start;
        }
    }

    private final Program program;
    private final long maxWeight;
    private final int endOfText;
    private volatile Generation generation;
    private final AtomicInteger flushes = new AtomicInteger();

    LazyDfa(Program program) {
        this(program, MAX_WEIGHT);
    }

    LazyDfa(Program program, long maxWeight) {
        this.program = program;
        this.maxWeight = maxWeight;
        this.endOfText = program.classes.count;
        this.generation = new Generation(startState());
    }

    private State startState() {
        return new State(new int[] {program.start}, program.hasAssertions ? AT_START : 0, endOfText + 1);
    }

    /** How often all states were dropped. */
    int flushes() {
        return flushes.get();
    }

    /** Rough size of the states that are kept, in bytes. */
    long weight() {
        return generation.weight.get();
    }

    boolean find(byte[] text, int from, int to) {
        short[] ascii = program.classes.ascii;
        State state = generation.start;
        long work = 0;
        int i = from;
        while (i < to) {
            int b = text[i];
            int runeClass;
            if (b >= 0) {
                runeClass = ascii[b];
                i++;
            } else {
                int decoded = Utf8.decode(text, i, to);
                runeClass = program.classes.of(decoded >> 3);
                i += decoded & 7;
            }
            State next = state.successors[runeClass];
            if (next == null) {
                work += program.size;
                if (work > MAX_WORK) {
                    throw tooSlow();
                }
                next = successor(state, runeClass);
            }
            if (next.successors.length == 0) {
                return next == MATCH;
            }
            state = next;
        }
        State last = state.successors[endOfText];
        return (last == null ? successor(state, endOfText) : last) == MATCH;
    }

    private static ApiException tooSlow() {
        Bound.REGEX_WORK.hit();
        return ApiException.badRequest("a regular expression of the query is too large for its lines");
    }

    private synchronized State successor(State state, int runeClass) {
        Threads open = closure(state, runeClass);
        State next;
        if (open.matched) {
            next = MATCH;
        } else if (runeClass == endOfText) {
            next = DEAD;
        } else {
            next = intern(step(open, runeClass), before(runeClass));
        }
        state.successors[runeClass] = next;
        return next;
    }

    private int before(int runeClass) {
        if (!program.hasAssertions) {
            return 0;
        }
        int rune = program.classes.sample(runeClass);
        return rune == '\n' ? AFTER_NEWLINE : Program.isWord(rune) ? AFTER_WORD : 0;
    }

    private State intern(int[] threads, int before) {
        if (threads.length == 0) {
            return DEAD;
        }
        Key key = new Key(threads, before);
        Generation g = generation;
        State known = g.states.get(key);
        if (known != null) {
            return known;
        }
        long weight = 64 + 4L * (endOfText + 1) + 4L * threads.length;
        if (g.weight.get() + weight > maxWeight) {
            g = new Generation(startState());
            generation = g;
            flushes.incrementAndGet();
            Bound.REGEX_STATES.hit();
        }
        State state = new State(threads, before, endOfText + 1);
        g.states.put(key, state);
        g.weight.addAndGet(weight);
        return state;
    }

    /** Instructions that can be reached without a character, in a set. */
    private static final class Threads {
        final int[] list;
        final boolean[] seen;
        int count;
        boolean matched;

        Threads(int size) {
            list = new int[size];
            seen = new boolean[size];
        }
    }

    private Threads closure(State state, int runeClass) {
        Threads open = new Threads(program.size);
        int[] stack = new int[program.size * 2 + 2];
        for (int thread : state.threads) {
            follow(open, stack, thread, state.before, runeClass);
        }
        return open;
    }

    private void follow(Threads open, int[] stack, int first, int before, int runeClass) {
        int depth = 0;
        stack[depth++] = first;
        while (depth > 0) {
            int pc = stack[--depth];
            if (open.seen[pc]) {
                continue;
            }
            open.seen[pc] = true;
            switch (program.ops[pc]) {
                case Program.MATCH -> open.matched = true;
                case Program.RUNE -> open.list[open.count++] = pc;
                case Program.SPLIT -> {
                    stack[depth++] = program.arg[pc];
                    stack[depth++] = program.next[pc];
                }
                case Program.SAVE -> stack[depth++] = program.next[pc];
                case Program.ASSERT -> {
                    if (holds(program.kind(pc), before, runeClass)) {
                        stack[depth++] = program.next[pc];
                    }
                }
                default -> {
                    // FAIL: the thread ends
                }
            }
        }
    }

    private boolean holds(RegexNode.Kind kind, int before, int runeClass) {
        int rune = runeClass == endOfText ? -1 : program.classes.sample(runeClass);
        return switch (kind) {
            case BEGIN_TEXT -> (before & AT_START) != 0;
            case BEGIN_LINE -> (before & (AT_START | AFTER_NEWLINE)) != 0;
            case END_TEXT -> rune < 0;
            case END_LINE -> rune < 0 || rune == '\n';
            case WORD_BOUNDARY -> ((before & AFTER_WORD) != 0) != Program.isWord(rune);
            case NO_WORD_BOUNDARY -> ((before & AFTER_WORD) != 0) == Program.isWord(rune);
        };
    }

    /** The threads after a character, and a new one at the start of the program if a match may begin anywhere. */
    private int[] step(Threads open, int runeClass) {
        boolean[] seen = new boolean[program.size];
        int count = program.anchored ? 0 : 1;
        seen[program.start] = !program.anchored;
        for (int i = 0; i < open.count; i++) {
            int pc = open.list[i];
            if (program.members[program.arg[pc]][runeClass] && !seen[program.next[pc]]) {
                seen[program.next[pc]] = true;
                count++;
            }
        }
        int[] threads = new int[count];
        int n = 0;
        for (int pc = 0; pc < seen.length; pc++) {
            if (seen[pc]) {
                threads[n++] = pc;
            }
        }
        return threads;
    }
}
