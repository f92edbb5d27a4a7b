/**
 * Regular expressions with the syntax and meaning of Go's {@code regexp} package, on UTF-8 bytes, in linear time (logql.md §13).
 *
 * <p>{@link io.narfi.logql.regex.Regex} is the entry. RE2/J decides whether an expression is valid and gives Go's error text; {@link
 * io.narfi.logql.regex.RegexParser} then builds a tree in the shape that Go's parser gives it, because the shape decides which line and
 * label filters Loki simplifies ({@code io.narfi.logql.pipeline}). Whether a text matches is answered by {@link
 * io.narfi.logql.regex.LazyDfa}, groups by {@link io.narfi.logql.regex.Backtracker}; both run the {@link
 * io.narfi.logql.regex.Program} of a tree. Expressions whose program would be too large are left to RE2/J.
 *
 * <p>A byte that is no part of well-formed UTF-8 counts as U+FFFD of width one, as in Go.
 */
@NullMarked
package io.narfi.logql.regex;

import org.jspecify.annotations.NullMarked;
