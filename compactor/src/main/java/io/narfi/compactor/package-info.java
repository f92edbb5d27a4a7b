/**
 * The backend: turns segments into blocks and small blocks into large ones, applies retention, and deletes what nothing refers to any more.
 *
 * <ul>
 *   <li>{@link io.narfi.compactor.SegmentCompaction}: segments, oldest first, into level-1 blocks: one for each tenant, UTC day and retention
 *       class; one catalog commit a round.
 *   <li>{@link io.narfi.compactor.BlockMerging}: blocks of one tenant, day and class into a larger one, when {@link
 *       io.narfi.compactor.CompactionPlanner} says that it is worth it.
 *   <li>{@code DeleteRequests} and {@code DeleteHandlers}: the delete API; {@code DeleteProcessing}: rewrites blocks without the rows that
 *       requests delete, when these can be cancelled no more.
 *   <li>{@link io.narfi.compactor.RetentionSweep}: takes blocks past their period, or beyond their tenant's size, out of the catalog.
 *   <li>{@link io.narfi.compactor.GarbageCollector}: deletes objects after their grace periods.
 *   <li>{@link io.narfi.compactor.Compactor}: runs these as a service, each under a lease.
 * </ul>
 *
 * <p>Nothing takes effect but by a commit to the catalog, which refuses work whose inputs another one took. So a compactor may be killed at
 * any point and leaves only block objects that no commit names, which are collected later; and two at once only waste work.
 */
@NullMarked
package io.narfi.compactor;

import org.jspecify.annotations.NullMarked;
