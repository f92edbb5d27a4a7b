package io.narfi.logql.lr;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The LR(0) states of a grammar and the LALR(1) look-ahead sets of their kernels. An item is {@code rule << 8 | dot}. Rule 0 is the start
 * rule; its end look-ahead is terminal 0.
 */
final class Automaton {
    private static final int DOT_BITS = 8;

    /** A state: its kernel items, ascending, each with a look-ahead set, and where symbols lead. */
    static final class State {
        final int[] kernel;
        final BitSet[] lookahead;
        final TreeMap<Integer, Integer> next = new TreeMap<>();

        State(int[] kernel) {
            this.kernel = kernel;
            this.lookahead = new BitSet[kernel.length];
            for (int i = 0; i < kernel.length; i++) {
                lookahead[i] = new BitSet();
            }
        }
    }

    private final Grammar grammar;
    private final int[][] rulesOf;
    private final BitSet nullable = new BitSet();
    private final BitSet[] first;
    private final List<State> states = new ArrayList<>();

    Automaton(Grammar grammar) {
        this.grammar = grammar;
        this.rulesOf = grammar.rulesBySymbol();
        this.first = new BitSet[grammar.symbolCount()];
        computeFirst();
        buildStates();
        propagate();
    }

    List<State> states() {
        return states;
    }

    static int item(int rule, int dot) {
        return rule << DOT_BITS | dot;
    }

    static int ruleOf(int item) {
        return item >> DOT_BITS;
    }

    static int dotOf(int item) {
        return item & ((1 << DOT_BITS) - 1);
    }

    /** The symbol after the dot, -1 at the rule's end. */
    private int symbolAt(int item) {
        int[] right = grammar.rules().get(ruleOf(item)).right();
        int dot = dotOf(item);
        return dot < right.length ? right[dot] : -1;
    }

    private void computeFirst() {
        for (int s = 0; s < first.length; s++) {
            first[s] = new BitSet();
            if (grammar.isTerminal(s)) {
                first[s].set(s);
            }
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Grammar.Rule rule : grammar.rules()) {
                BitSet target = first[rule.left()];
                int before = target.cardinality();
                boolean empty = true;
                for (int s : rule.right()) {
                    target.or(first[s]);
                    if (!nullable.get(s)) {
                        empty = false;
                        break;
                    }
                }
                changed |= target.cardinality() != before;
                if (empty && !nullable.get(rule.left())) {
                    nullable.set(rule.left());
                    changed = true;
                }
            }
        }
    }

    private void buildStates() {
        Map<List<Integer>, Integer> known = new HashMap<>();
        add(known, new int[] {item(0, 0)});
        for (int i = 0; i < states.size(); i++) {
            TreeMap<Integer, BitSet> moves = new TreeMap<>();
            for (int item : closure(states.get(i).kernel)) {
                int symbol = symbolAt(item);
                if (symbol >= 0) {
                    moves.computeIfAbsent(symbol, s -> new BitSet()).set(item + 1);
                }
            }
            for (Map.Entry<Integer, BitSet> move : moves.entrySet()) {
                states.get(i).next.put(move.getKey(), add(known, move.getValue().stream().toArray()));
            }
        }
    }

    private int add(Map<List<Integer>, Integer> known, int[] kernel) {
        List<Integer> key = Arrays.stream(kernel).boxed().toList();
        Integer index = known.get(key);
        if (index == null) {
            index = states.size();
            known.put(key, index);
            states.add(new State(kernel));
        }
        return index;
    }

    private int[] closure(int[] kernel) {
        BitSet items = new BitSet();
        int[] queue = Arrays.copyOf(kernel, kernel.length + grammar.rules().size());
        int size = kernel.length;
        for (int i = 0; i < size; i++) {
            int symbol = symbolAt(queue[i]);
            if (symbol < 0) {
                continue;
            }
            for (int rule : rulesOf[symbol]) {
                if (!items.get(rule)) {
                    items.set(rule);
                    queue[size++] = item(rule, 0);
                }
            }
        }
        return Arrays.copyOf(queue, size);
    }

    /**
     * The items of a kernel's closure with their look-ahead sets.
     */
    Map<Integer, BitSet> closureWithLookahead(int[] kernel, BitSet[] kernelLookahead) {
        Map<Integer, BitSet> sets = new TreeMap<>();
        ArrayList<Integer> work = new ArrayList<>();
        for (int i = 0; i < kernel.length; i++) {
            sets.put(kernel[i], (BitSet) kernelLookahead[i].clone());
            work.add(kernel[i]);
        }
        while (!work.isEmpty()) {
            int item = work.removeLast();
            int symbol = symbolAt(item);
            if (symbol < 0 || grammar.isTerminal(symbol)) {
                continue;
            }
            BitSet follow = followOf(item, requireNonNull(sets.get(item)));
            for (int rule : rulesOf[symbol]) {
                BitSet target = sets.get(item(rule, 0));
                boolean added = target == null;
                if (target == null) {
                    target = new BitSet();
                    sets.put(item(rule, 0), target);
                }
                int before = target.cardinality();
                target.or(follow);
                if (added || target.cardinality() != before) {
                    work.add(item(rule, 0));
                }
            }
        }
        return sets;
    }

    /** What can follow the symbol after the dot of an item. */
    private BitSet followOf(int item, BitSet lookahead) {
        int[] right = grammar.rules().get(ruleOf(item)).right();
        BitSet follow = new BitSet();
        for (int i = dotOf(item) + 1; i < right.length; i++) {
            follow.or(first[right[i]]);
            if (!nullable.get(right[i])) {
                return follow;
            }
        }
        follow.or(lookahead);
        return follow;
    }

    private void propagate() {
        states.getFirst().lookahead[0].set(0);
        boolean[] queued = new boolean[states.size()];
        ArrayList<Integer> work = new ArrayList<>();
        for (int i = states.size() - 1; i >= 0; i--) {
            work.add(i);
            queued[i] = true;
        }
        while (!work.isEmpty()) {
            int index = work.removeLast();
            queued[index] = false;
            State state = states.get(index);
            for (Map.Entry<Integer, BitSet> e : closureWithLookahead(state.kernel, state.lookahead).entrySet()) {
                int symbol = symbolAt(e.getKey());
                if (symbol < 0) {
                    continue;
                }
                int next = requireNonNull(state.next.get(symbol));
                State target = states.get(next);
                BitSet set = target.lookahead[Arrays.binarySearch(target.kernel, e.getKey() + 1)];
                int before = set.cardinality();
                set.or(e.getValue());
                if (set.cardinality() != before && !queued[next]) {
                    work.add(next);
                    queued[next] = true;
                }
            }
        }
    }
}
