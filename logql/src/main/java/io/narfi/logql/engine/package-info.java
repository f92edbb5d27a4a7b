/**
 * The metric engine (logql.md §9), pure and without I/O.
 *
 * <p>{@link io.narfi.logql.engine.QueryPlanner} cuts a metric query into leaves, its range aggregations, and the tree above them. A leaf is
 * computed anywhere, in any number of parts: a {@link io.narfi.logql.engine.LeafAccumulator} takes the samples of one part and yields a
 * {@link io.narfi.logql.engine.LeafPartial}; partials merge, by time and by stream, to what one accumulator would have made of all samples.
 * {@link io.narfi.logql.engine.Evaluator} then computes the tree bottom-up, each node for all steps at once, on {@link
 * io.narfi.logql.engine.StepMatrix matrices} of series and steps.
 *
 * <h2>Panes</h2>
 *
 * The windows of all steps cut time into panes ({@link io.narfi.logql.engine.Windows}): two samples are in one pane if the same windows hold
 * both. At most two panes begin per step, however long the windows are. An accumulator keeps one cell per series and pane, so its memory and
 * the size of a partial depend on steps, not on samples; a window is the merge of consecutive cells, found for all steps in a single pass.
 * Sums are kept in twice the precision of a double, so that the order of addition does not show in the result. Only functions that need every
 * value ({@code quantile_over_time}, {@code rate_counter}) keep the samples themselves.
 */
@NullMarked
package io.narfi.logql.engine;

import org.jspecify.annotations.NullMarked;
