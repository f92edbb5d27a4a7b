/**
 * The read service: answers queries from the objects in the bucket, and does tasks for the other read processes. {@link io.narfi.querier.Querier}
 * puts it together.
 *
 * <pre>
 *   api ── params      a request: who asks, what, within which limits
 *    │
 *   coordinate ── run  a query: waits its turn, takes a snapshot, is cut into tasks, puts their results together
 *    │    └─ plan      slices of time and shards of streams; what of them is deleted
 *   task               a task and its result, in memory and on the wire; LocalRunner does one here
 *    │ ├─ peer         … or another process does
 *    │ └─ results      … or it was kept from before
 *   log  metric  discover    the work of a task over the rows of streams
 *    └─ source         snapshots of the catalog, and open blocks and segments, without deleted rows
 * </pre>
 *
 * <ul>
 *   <li>{@code api}: the HTTP handlers; {@code params} reads their parameters as Loki does, {@code json} writes the answers.
 *   <li>{@code coordinate}: a class for each kind of query; {@code SliceRunner} runs the tasks, in the order in which results are wanted.
 *   <li>{@code run}: what keeps queries from harming each other: places, turns of tenants, memory, deadlines and the worker threads.
 *   <li>{@code plan}: how a query is cut, so that the same part goes to the same peer again.
 *   <li>{@code task}, {@code peer}, {@code results}: tasks by whoever does them, behind one interface, {@code TaskRunner}; they are layers, the cache
 *       nearest to the work.
 *   <li>{@code log}, {@code metric}, {@code discover}: entries, samples, and what indexes and directories tell of streams.
 *   <li>{@code source}: the only way to rows; deletes are applied here.
 *   <li>{@code stats}: what a query did, for its answer, its log line and the metrics.
 *   <li>{@code tail}: clients that are sent new entries; has its own way to new segments.
 * </ul>
 */
@NullMarked
package io.narfi.querier;

import org.jspecify.annotations.NullMarked;
