/**
 * Templates of {@code line_format} and {@code label_format} (logql.md §7): the language of Go's {@code text/template} with Loki's functions,
 * its way of printing values and its error texts.
 *
 * <p>Go strings are bytes. Inside this package such a string is a {@link java.lang.String} with one character (0 to 255) per byte, so that
 * lengths, indexes and slices count bytes, and text that is ASCII costs no conversion ({@link io.narfi.logql.template.GoStrings}). Other
 * values: {@link io.narfi.logql.template.GoInt} for the integer types, {@code Double}, {@code Boolean}, {@code Map} and {@code List} from
 * {@code fromJson}, {@link io.narfi.logql.template.GoTime}, {@link io.narfi.logql.template.TemplateData} for the labels, null for nil.
 *
 * <p>An execution is bounded in its output and in its steps ({@link io.narfi.logql.template.Executor}); a template that goes beyond fails
 * like any other.
 */
@NullMarked
package io.narfi.logql.template;

import org.jspecify.annotations.NullMarked;
