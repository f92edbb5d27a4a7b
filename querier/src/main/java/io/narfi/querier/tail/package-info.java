/**
 * Tails: clients that are sent new entries as they arrive ({@code contract/http-api.md} section 11).
 *
 * <pre>
 *   Follower ── new segments ──► TailGroup (one for each tenant, query and form) ── rows ──► Tail ── frames ──► TailSession (a client)
 * </pre>
 *
 * <p>Writers know nothing of tails: one {@link io.narfi.querier.tail.Follower} of the process lists new segments, a few times a second and
 * only while there are tails, opens each once, and hands it to the groups whose tenant is in it. Tails with the same query share a group, so that
 * a segment is filtered and written as JSON once for all of them; groups of one tenant share decoded columns through the caches.
 *
 * <h2>The border between history and live</h2>
 *
 * <p>A tail joins at a snapshot that the follower takes. Its history is a query over exactly that snapshot, and it is sent the rows of
 * exactly those segments that are not in it: segments are numbered as the follower hands them on, and a tail knows its first number. So
 * no entry is in both and none in neither, whatever lands or is compacted meanwhile. Copies that a client's retry made are found by their hashes,
 * among the rows of the history and the last some thousand rows of the group.
 *
 * <p>Rows that delete requests hide are not sent: the history is a query, and of a new segment the catalog is asked after it was listed. So a row is
 * left out if its request was accepted before its segment came; what has been handed on by then is as if it had been sent.
 *
 * <h2>When the store or compaction gets in the way</h2>
 *
 * <p>What could not be listed or opened is listed again until it can: the objects of consumed segments stay for a grace period. If they are
 * gone (the store could not be reached for longer than that), every group reads the newest rows of the time that was missed from the blocks.
 *
 * <h2>Bounds</h2>
 *
 * <p>A tail has at most ten frames waiting when more rows come; rows beyond that are dropped and named to the client, up to a thousand of them. Rows
 * wait in memory once for all tails of a group, and all together within a budget of bytes. Groups that fall behind skip segments, which a
 * metric counts.
 */
@NullMarked
package io.narfi.querier.tail;

import org.jspecify.annotations.NullMarked;
