/** Whole queries: takes a snapshot, has the planner cut the work, the tasks run, and their results put together. */
@NullMarked
package io.narfi.querier.coordinate;

import org.jspecify.annotations.NullMarked;
