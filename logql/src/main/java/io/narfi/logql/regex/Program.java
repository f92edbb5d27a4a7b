package io.narfi.logql.regex;

import io.narfi.common.RegularExpressions;
import io.narfi.logql.regex.RegexNode.Alternate;
import io.narfi.logql.regex.RegexNode.AnyChar;
import io.narfi.logql.regex.RegexNode.AnyCharNotNewline;
import io.narfi.logql.regex.RegexNode.Assertion;
import io.narfi.logql.regex.RegexNode.Capture;
import io.narfi.logql.regex.RegexNode.CharClass;
import io.narfi.logql.regex.RegexNode.Concat;
import io.narfi.logql.regex.RegexNode.Empty;
import io.narfi.logql.regex.RegexNode.Literal;
import io.narfi.logql.regex.RegexNode.NoMatch;
import io.narfi.logql.regex.RegexNode.Plus;
import io.narfi.logql.regex.RegexNode.Quest;
import io.narfi.logql.regex.RegexNode.Repeat;
import io.narfi.logql.regex.RegexNode.Star;
import io.narfi.logql.regex.RegexParser.UnsupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A tree as instructions of a nondeterministic machine over classes of characters: all characters that no set of the expression tells
 * apart are one class ({@link RuneClasses}).
 */
final class Program {
    /** Bounds the memory of what runs a program; repeat counts multiply it. As many as an expression may come to at all. */
    static final int MAX_INSTRUCTIONS = RegularExpressions.MAX_SIZE;

    /** Sets times the ranges they have together: time to tell the classes apart, and the size of {@link #members}. */
    static final long MAX_MEMBERS = 8_000_000;

    static final byte RUNE = 0;
    static final byte SPLIT = 1;
    static final byte ASSERT = 2;
    static final byte SAVE = 3;
    static final byte MATCH = 4;
    static final byte FAIL = 5;

    private static final RuneSet WORD = RuneSet.of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
    private static final RuneSet NEWLINE = RuneSet.of('\n', '\n');

    byte[] ops = new byte[64];
    /** The next instruction; of a split the preferred one. */
    int[] next = new int[64];
    /** Of a split the other instruction, of a rune its set, of a save its slot, of an assertion where its kind is. */
    int[] arg = new int[64];
    int size;
    int start;
    int captures;
    boolean hasAssertions;
    /** Whether a match can only begin where the text begins. */
    final boolean anchored;

    final RuneClasses classes;
    /** By set and class. */
    final boolean[][] members;

    private final Map<RuneSet, Integer> sets = new HashMap<>();
    private final List<RegexNode.Kind> kinds = new ArrayList<>();
    private final List<RuneSet> setList = new ArrayList<>();

    private Program(RegexNode tree) throws UnsupportedException {
        start = compile(tree, add(MATCH, 0, 0));
        int first = start;
        while (ops[first] == SAVE) {
            first = next[first];
        }
        anchored = ops[first] == ASSERT && kind(first) == RegexNode.Kind.BEGIN_TEXT;
        List<RuneSet> apart = new ArrayList<>(setList);
        if (hasAssertions) {
            apart.add(WORD);
            apart.add(NEWLINE);
        }
        long ranges = apart.stream().mapToLong(set -> set.ranges().length).sum();
        if (ranges * apart.size() > MAX_MEMBERS) {
            throw new UnsupportedException("too many different sets of characters");
        }
        classes = new RuneClasses(apart);
        members = new boolean[setList.size()][];
        for (int i = 0; i < members.length; i++) {
            members[i] = classes.members(setList.get(i));
        }
    }

    static Program compile(RegexNode tree) throws UnsupportedException {
        return new Program(tree);
    }

    /** What an assertion asks for. */
    RegexNode.Kind kind(int pc) {
        return kinds.get(arg[pc]);
    }

    static boolean isWord(int rune) {
        return rune >= 0 && WORD.contains(rune);
    }

    private int add(byte op, int nextPc, int argument) throws UnsupportedException {
        if (size == MAX_INSTRUCTIONS) {
            throw new UnsupportedException("expression too large");
        }
        if (size == ops.length) {
            ops = Arrays.copyOf(ops, 2 * size);
            next = Arrays.copyOf(next, 2 * size);
            arg = Arrays.copyOf(arg, 2 * size);
        }
        ops[size] = op;
        next[size] = nextPc;
        arg[size] = argument;
        return size++;
    }

    /** Adds the instructions of a node and gives the first; what comes after the node is at {@code then}. */
    private int compile(RegexNode node, int then) throws UnsupportedException {
        return switch (node) {
            case Empty _ -> then;
            case NoMatch _ -> add(FAIL, 0, 0);
            case Literal l -> literal(l, then);
            case CharClass c -> add(RUNE, then, set(c.set()));
            case AnyChar _ -> add(RUNE, then, set(Alternatives.set(node)));
            case AnyCharNotNewline _ -> add(RUNE, then, set(Alternatives.set(node)));
            case Assertion a -> {
                hasAssertions = true;
                kinds.add(a.kind());
                yield add(ASSERT, then, kinds.size() - 1);
            }
            case Capture c -> {
                captures = Math.max(captures, c.index());
                int close = add(SAVE, then, 2 * c.index() + 1);
                yield add(SAVE, compile(c.sub(), close), 2 * c.index());
            }
            case Star s -> star(s.sub(), s.greedy(), then);
            case Plus p -> {
                int loop = add(SPLIT, then, then);
                int body = compile(p.sub(), loop);
                split(loop, body, then, p.greedy());
                yield body;
            }
            case Quest q -> optional(compile(q.sub(), then), then, q.greedy());
            case Repeat r -> repeat(r, then);
            case Concat c -> {
                int pc = then;
                for (RegexNode sub : c.subs().reversed()) {
                    pc = compile(sub, pc);
                }
                yield pc;
            }
            case Alternate a -> {
                int pc = compile(a.subs().getLast(), then);
                for (RegexNode sub : a.subs().reversed().subList(1, a.subs().size())) {
                    pc = add(SPLIT, compile(sub, then), pc);
                }
                yield pc;
            }
        };
    }

    private int literal(Literal l, int then) throws UnsupportedException {
        int[] runes = l.text().codePoints().toArray();
        int pc = then;
        for (int i = runes.length - 1; i >= 0; i--) {
            RuneSet one = RuneSet.of(runes[i], runes[i]);
            pc = add(RUNE, pc, set(l.fold() ? CaseFolding.close(one) : one));
        }
        return pc;
    }

    private int star(RegexNode sub, boolean greedy, int then) throws UnsupportedException {
        if (canBeEmpty(sub)) {
            // as Go since 1.17: (x+)?, so that a group in a loop may take part with the empty text
            return optional(compile(new Plus(sub, greedy), then), then, greedy);
        }
        int loop = add(SPLIT, then, then);
        split(loop, compile(sub, loop), then, greedy);
        return loop;
    }

    private static boolean canBeEmpty(RegexNode node) {
        return switch (node) {
            case Empty _, Assertion _, Star _, Quest _ -> true;
            case NoMatch _, Literal _, CharClass _, AnyChar _, AnyCharNotNewline _ -> false;
            case Capture c -> canBeEmpty(c.sub());
            case Plus p -> canBeEmpty(p.sub());
            case Repeat r -> r.min() == 0 || canBeEmpty(r.sub());
            case Concat c -> c.subs().stream().allMatch(Program::canBeEmpty);
            case Alternate a -> a.subs().stream().anyMatch(Program::canBeEmpty);
        };
    }

    private void split(int pc, int body, int exit, boolean greedy) {
        next[pc] = greedy ? body : exit;
        arg[pc] = greedy ? exit : body;
    }

    private int optional(int body, int then, boolean greedy) throws UnsupportedException {
        return greedy ? add(SPLIT, body, then) : add(SPLIT, then, body);
    }

    private int repeat(Repeat r, int then) throws UnsupportedException {
        int pc = then;
        int copies = r.min();
        if (r.max() < 0) {
            pc = copies == 0 ? star(r.sub(), r.greedy(), pc) : compile(new Plus(r.sub(), r.greedy()), pc);
            copies--;
        } else {
            for (int i = r.min(); i < r.max(); i++) {
                pc = optional(compile(r.sub(), pc), then, r.greedy());
            }
        }
        for (int i = 0; i < copies; i++) {
            pc = compile(r.sub(), pc);
        }
        return pc;
    }

    private int set(RuneSet set) {
        Integer index = sets.get(set);
        if (index == null) {
            index = setList.size();
            sets.put(set, index);
            setList.add(set);
        }
        return index;
    }
}
