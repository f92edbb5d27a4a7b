/**
 * Results that are kept, so that a dashboard that asks the same again has only what is new computed.
 *
 * <p>What is kept is the result of a task, and its key is the task itself, to the byte, as a peer would get it: the tenant, the query, the
 * range of time and of streams, every block and segment whose rows it would read, and every delete request that hides some of them. Objects are immutable, so an entry
 * is never wrong: a late segment, a compaction, a retention sweep or a delete changes the key, and the old entry is just not found again.
 *
 * <p>The window of a dashboard moves, and its tasks with it. So the time of a metric task is cut into <em>pieces</em> at moments that do not
 * move ({@link io.narfi.querier.results.Cuts}), and the result of a piece is kept on a grid of its own, which holds every evaluation that
 * could want a row of the piece: whatever window it is asked for later, its panes are a refinement of that window's, and can be added up. The
 * pieces that are missing are computed together, in one scan as without a cache, and their common result is split.
 */
@NullMarked
package io.narfi.querier.results;

import org.jspecify.annotations.NullMarked;
