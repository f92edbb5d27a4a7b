/**
 * Cuts a query's work into tasks: slices of time, each cut into ranges of stream hashes, each with the blocks and segments that overlap
 * it. A stream is, within a slice, wholly in one task; so duplicates across objects are found inside a task, and the results of tasks are
 * disjoint.
 */
@NullMarked
package io.narfi.querier.plan;

import org.jspecify.annotations.NullMarked;
