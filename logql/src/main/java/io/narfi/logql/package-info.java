/**
 * LogQL as text and tree: the {@link io.narfi.logql.Expr expression tree} of small immutable records, the lexer and parser with Loki's
 * messages, its semantic checks, and the two printers. Strings of a query may hold bytes that are no UTF-8: see
 * {@link io.narfi.logql.ByteText}.
 *
 * <p>The log pipeline is in {@code io.narfi.logql.pipeline}, the metric engine and the planner in {@code io.narfi.logql.engine}.
 */
@NullMarked
package io.narfi.logql;

import org.jspecify.annotations.NullMarked;
