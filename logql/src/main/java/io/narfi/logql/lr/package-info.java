/**
 * A small LALR(1) parser generator. LogQL's error messages name what an automaton of yacc would have accepted in its state, so the
 * parser of LogQL is such an automaton: {@link io.narfi.logql.lr.Grammar} holds rules and precedences, {@link
 * io.narfi.logql.lr.Automaton} builds states and look-ahead sets (DeRemer and Pennello's problem, solved by propagation as in the
 * "dragon book", algorithm 4.63), {@link io.narfi.logql.lr.ParseTable} resolves conflicts the way yacc does and runs the parse.
 */
@NullMarked
package io.narfi.logql.lr;

import org.jspecify.annotations.NullMarked;
