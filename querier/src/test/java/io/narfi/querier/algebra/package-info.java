/**
 * Truths that hold for every query and all data, checked on random ones over the real path of execution: segments and blocks in a store
 * in memory, planner, tasks, peers, merging. {@link io.narfi.querier.algebra.AlgebraTest} says which; a failure prints the seed that
 * brings it back.
 */
@NullMarked
package io.narfi.querier.algebra;

import org.jspecify.annotations.NullMarked;
