package io.narfi.logql.lr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A context-free grammar with the actions that build a tree. Symbols are numbers: terminals first, in the order of their declaration,
 * with the end of the input as 0; then nonterminals, in the order of their first use.
 */
public final class Grammar {
    /** Turns the values of a rule's right side into the value of its left side. */
    @FunctionalInterface
    public interface Action {
        Object apply(Values values);
    }

    /** The values of a rule's right side: tokens' values and what other actions made. */
    public interface Values {
        /** The value of the i-th symbol, from 0; the caller knows what the symbol's action makes. */
        @SuppressWarnings("TypeParameterUnusedInFormals")
        <T> T get(int i);

        /** Semantic state of this parse, which the caller of the parser gave. */
        @SuppressWarnings("TypeParameterUnusedInFormals")
        <T> T context();
    }

    /** {@code left: right…}; the precedence is that of the last terminal on the right, 0 if it has none. */
    record Rule(int left, int[] right, Action action, int precedence) {}

    private final List<String> terminals;
    private final Map<String, Integer> symbols = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final int[] precedence;
    private final boolean[] rightAssociative;
    private int level;

    /** @param terminals the terminals' names in order of declaration; the first is the end of the input */
    public Grammar(List<String> terminals) {
        this.terminals = List.copyOf(terminals);
        for (String name : terminals) {
            symbol(name);
        }
        precedence = new int[terminals.size()];
        rightAssociative = new boolean[terminals.size()];
    }

    /** Gives left-associative terminals a precedence above all that were given one before. */
    public Grammar left(String... names) {
        return precedence(false, names);
    }

    /** Gives right-associative terminals a precedence above all that were given one before. */
    public Grammar right(String... names) {
        return precedence(true, names);
    }

    private Grammar precedence(boolean right, String... names) {
        level++;
        for (String name : names) {
            int t = terminals.indexOf(name);
            if (t < 0) {
                throw new IllegalArgumentException("not a terminal: " + name);
            }
            precedence[t] = level;
            rightAssociative[t] = right;
        }
        return this;
    }

    /** Adds a rule; {@code right} holds symbols with blanks between. All precedences must have been given. */
    public Grammar rule(String left, String right, Action action) {
        int[] body = right.isEmpty() ? new int[0] : List.of(right.split(" ")).stream().mapToInt(this::symbol).toArray();
        int rulePrecedence = 0;
        for (int s : body) {
            if (isTerminal(s)) {
                rulePrecedence = precedence[s];
            }
        }
        rules.add(new Rule(symbol(left), body, action, rulePrecedence));
        return this;
    }

    private int symbol(String name) {
        return symbols.computeIfAbsent(name, n -> {
            names.add(n);
            return names.size() - 1;
        });
    }

    boolean isTerminal(int symbol) {
        return symbol < terminals.size();
    }

    int terminalCount() {
        return terminals.size();
    }

    int symbolCount() {
        return names.size();
    }

    String name(int symbol) {
        return names.get(symbol);
    }

    List<Rule> rules() {
        return rules;
    }

    int precedence(int terminal) {
        return precedence[terminal];
    }

    boolean rightAssociative(int terminal) {
        return rightAssociative[terminal];
    }

    /** The rules of each symbol, as indexes; empty for terminals. */
    int[][] rulesBySymbol() {
        List<List<Integer>> lists = new ArrayList<>();
        for (int i = 0; i < symbolCount(); i++) {
            lists.add(new ArrayList<>());
        }
        for (int i = 0; i < rules.size(); i++) {
            lists.get(rules.get(i).left()).add(i);
        }
        int[][] result = new int[symbolCount()][];
        for (int i = 0; i < result.length; i++) {
            result[i] = lists.get(i).stream().mapToInt(Integer::intValue).toArray();
            if (!isTerminal(i) && result[i].length == 0) {
                throw new IllegalStateException("no rule for " + name(i));
            }
        }
        return result;
    }
}
