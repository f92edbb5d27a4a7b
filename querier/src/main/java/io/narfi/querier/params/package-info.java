/**
 * The parameters of query requests: where they come from, how times, durations and numbers are written, their defaults, and Loki's
 * texts when they are wrong.
 */
@NullMarked
package io.narfi.querier.params;

import org.jspecify.annotations.NullMarked;
