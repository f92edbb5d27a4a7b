package io.narfi.logql.lr;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parser of a grammar. Conflicts are resolved as yacc does: by precedence where both the rule and the token have one, else the shift
 * wins, and between two reductions the earlier rule. In a state that can reduce, the commonest reduction is the default, also for tokens
 * that are errors, which then show in a later state; a state that can only reduce does so without reading a token.
 */
public final class ParseTable {
    private static final int ACCEPT = Integer.MAX_VALUE;
    private static final int MOST_EXPECTED = 4;

    /** Where tokens come from. */
    public interface Tokens {
        /** Reads the next token and returns its terminal; 0 at the end, again and again. */
        int next();

        /** The value of the token that was read last. */
        @Nullable Object value();

        /**
         * Called for a token that the grammar cannot take.
         *
         * @param expected the terminals that fit, in order of declaration; empty if they are more than four
         */
        RuntimeException unexpected(int terminal, List<Integer> expected);

        /** Called when the input is nested deeper than the parser's stack. */
        RuntimeException tooDeep(int limit);
    }

    private final List<Grammar.Rule> rules;
    /** By state and terminal: next state + 1 to shift, -(rule + 1) to reduce, 0 for neither. */
    private final int[][] actions;
    /** The rule that a state reduces by default, -1 if none. */
    private final int[] defaults;
    /** Whether a state's action does not depend on the token. */
    private final boolean[] simple;
    /** By state and symbol. */
    private final int[][] gotos;

    private final int terminals;

    public ParseTable(Grammar grammar) {
        Automaton automaton = new Automaton(grammar);
        List<Automaton.State> states = automaton.states();
        this.rules = List.copyOf(grammar.rules());
        this.terminals = grammar.terminalCount();
        this.actions = new int[states.size()][terminals];
        this.gotos = new int[states.size()][grammar.symbolCount()];
        this.defaults = new int[states.size()];
        this.simple = new boolean[states.size()];
        for (int s = 0; s < states.size(); s++) {
            Automaton.State state = states.get(s);
            for (Map.Entry<Integer, Integer> e : state.next.entrySet()) {
                gotos[s][e.getKey()] = e.getValue();
                if (grammar.isTerminal(e.getKey())) {
                    actions[s][e.getKey()] = e.getValue() + 1;
                }
            }
            automaton.closureWithLookahead(state.kernel, state.lookahead).forEach(new Reductions(grammar, actions[s])::add);
            defaults[s] = commonestReduction(actions[s]);
            simple[s] = defaults[s] >= 0 && Arrays.stream(actions[s]).noneMatch(a -> a > 0) && onlyDefault(s);
        }
    }

    private boolean onlyDefault(int s) {
        return Arrays.stream(actions[s]).allMatch(a -> a == 0 || a == -(defaults[s] + 1));
    }

    /** Puts the reductions of one state into its row of actions. */
    private record Reductions(Grammar grammar, int[] row) {
        void add(int item, BitSet lookahead) {
            int index = Automaton.ruleOf(item);
            Grammar.Rule rule = grammar.rules().get(index);
            if (Automaton.dotOf(item) < rule.right().length) {
                return;
            }
            lookahead.stream().forEach(t -> {
                if (index == 0) {
                    row[t] = ACCEPT;
                } else if (row[t] == 0 || (row[t] < 0 && -row[t] - 1 > index) || (row[t] > 0 && reduces(rule, t))) {
                    row[t] = -(index + 1);
                }
            });
        }

        private boolean reduces(Grammar.Rule rule, int t) {
            int token = grammar.precedence(t);
            if (token == 0 || rule.precedence() == 0) {
                return false;
            }
            return rule.precedence() > token || (rule.precedence() == token && !grammar.rightAssociative(t));
        }
    }

    private static int commonestReduction(int[] row) {
        int best = -1;
        long most = 0;
        for (int action : row) {
            if (action < 0) {
                long count = Arrays.stream(row).filter(a -> a == action).count();
                if (count > most) {
                    most = count;
                    best = -action - 1;
                }
            }
        }
        return best;
    }

    public int stateCount() {
        return actions.length;
    }

    /**
     * Parses all tokens.
     *
     * @param context given to actions
     * @param depthLimit most symbols on the stack
     * @return the value of the start rule's first symbol
     */
    public Object parse(Tokens tokens, Object context, int depthLimit) {
        Stack stack = new Stack(context, depthLimit, tokens);
        int token = -1;
        while (true) {
            int state = stack.state();
            int rule = defaults[state];
            if (!simple[state]) {
                if (token < 0) {
                    token = tokens.next();
                }
                int action = actions[state][token];
                if (action == ACCEPT) {
                    return stack.top();
                }
                if (action > 0) {
                    stack.push(action - 1, tokens.value());
                    token = -1;
                    continue;
                }
                if (action < 0) {
                    rule = -action - 1;
                } else if (rule < 0) {
                    throw tokens.unexpected(token, expected(state));
                }
            }
            Grammar.Rule reduced = rules.get(rule);
            Object value = stack.reduce(reduced);
            stack.push(gotos[stack.state()][reduced.left()], value);
        }
    }

    private List<Integer> expected(int state) {
        List<Integer> list = new ArrayList<>();
        for (int t = 1; t < terminals; t++) {
            if (actions[state][t] != 0) {
                if (list.size() == MOST_EXPECTED) {
                    return List.of();
                }
                list.add(t);
            }
        }
        return list;
    }

    private static final class Stack implements Grammar.Values {
        private final Object context;
        private final int limit;
        private final Tokens tokens;
        private int[] states = new int[64];
        private @Nullable Object[] values = new Object[64];
        private int size = 1;
        private int base;

        Stack(Object context, int limit, Tokens tokens) {
            this.context = context;
            this.limit = limit;
            this.tokens = tokens;
        }

        int state() {
            return states[size - 1];
        }

        Object top() {
            return requireNonNull(values[size - 1]);
        }

        void push(int state, @Nullable Object value) {
            if (size == limit) {
                throw tokens.tooDeep(limit);
            }
            if (size == states.length) {
                states = Arrays.copyOf(states, size * 2);
                values = Arrays.copyOf(values, size * 2);
            }
            states[size] = state;
            values[size++] = value;
        }

        Object reduce(Grammar.Rule rule) {
            base = size - rule.right().length;
            Object value = rule.action().apply(this);
            Arrays.fill(values, base, size, null);
            size = base;
            return value;
        }

        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        public <T> T get(int i) {
            return (T) requireNonNull(values[base + i]);
        }

        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        public <T> T context() {
            return (T) context;
        }
    }
}
