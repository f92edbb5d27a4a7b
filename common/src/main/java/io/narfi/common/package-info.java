/**
 * What every Narfi module shares: labels and matchers, entries in columns, errors with an HTTP status, Loki's text forms of
 * durations and sizes, configuration, clocks and identifiers. Depends on no other module.
 */
@NullMarked
package io.narfi.common;

import org.jspecify.annotations.NullMarked;
