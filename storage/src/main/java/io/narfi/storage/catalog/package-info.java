/**
 * The catalog: which blocks make up the data, and which segments they stand for, as a log of commits. Also leases, which share its
 * wire form.
 *
 * <h2>Objects</h2>
 *
 * <pre>
 *   catalog/&lt;version&gt;              a commit; 20 digits; created with create-if-absent, never changed
 *   catalog/checkpoint/&lt;version&gt;   the whole state after that commit
 *   leases/&lt;name&gt;/&lt;epoch&gt;          who does a kind of work, and until when; 20 digits; create-if-absent
 *   deletes/&lt;tenant&gt;/&lt;id&gt;          a copy of a delete request, a ULID its id; create-if-absent
 * </pre>
 *
 * Each is one protobuf message ({@code catalog.proto}) in an envelope:
 *
 * <pre>
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+---------------+---------------+
 *   |                     magic "NCAT" (big endian)                 |
 *   +---------------+---------------+-------------------------------+
 *   |  version = 1  | kind 1 to 4   |           reserved = 0        |
 *   +---------------+---------------+-------------------------------+
 *   |                   payload length in bytes                     |
 *   +---------------------------------------------------------------+
 *   |            CRC32C of the 12 bytes above and the payload       |
 *   +---------------------------------------------------------------+
 *   |                          payload …                            |
 * </pre>
 *
 * Kinds: 1 commit, 2 checkpoint, 3 lease, 4 delete request. Integers are big endian. Version history: 1, the first.
 *
 * <h2>What a commit does</h2>
 *
 * <ul>
 *   <li><b>added</b>: blocks become live; <b>removed</b>: live blocks (inputs of a merge, or past retention) now wait for deletion;
 *   <li><b>consumed</b>: segments whose rows the added blocks now hold; readers drop them by their ids;
 *   <li><b>condemned</b>: block objects that no commit ever added (a compaction died before its commit). They wait for deletion like removed
 *       ones; from here on a commit that would add one is refused, so that deleting them is safe however slow their maker is;
 *   <li><b>purged</b>: waiting blocks whose objects are deleted; <b>deleted</b>: consumed segments whose objects are deleted;
 *       <b>forgotten</b>: ids of such segments that no reader can have listed any more;
 *   <li><b>delete requests</b> taken in, and <b>steps</b> of earlier ones: they start, end, are cancelled or forgotten;
 *   <li><b>deletes applied</b>: blocks that hold no row of the started requests up to a sequence;
 *   <li><b>rows deleted</b>: whose requests took rows out of what the commit writes.
 * </ul>
 *
 * <h2>Deletes</h2>
 *
 * <p>A request is taken in by a commit, whose version is its sequence. Readers take the catalog at the beginning of each query, and leave out the rows of
 * requests that are received or started: of all segments, and of the blocks that the requests are not applied to yet. So a request counts for every query
 * that begins after the answer to it, without another listing.
 *
 * <p>Requests of a tenant start in the order of their sequences, when they can be cancelled no more; so one number tells of a block which of them it
 * is rid of. Compactions that read the catalog after the start leave the rows out of what they write. Blocks that were there before are rewritten, or marked
 * as applied if they hold nothing of it. A request ends when a snapshot shows every block of its time applied, and no segment that was there after its
 * start. A commit conflicts with the end of a request if it adds a block of the tenant that the request is not applied to, and with its
 * cancellation if rows were left out for it, so that rows which show again stay. Rows that arrive after a request, with times in its range, are hidden and
 * removed until it ends, and stay if they come later.
 *
 * <p>The copies under {@code deletes/} are only read when a catalog is made anew ({@link io.narfi.storage.catalog.DeleteCopies}).
 *
 * <h2>Why it is safe</h2>
 *
 * <p>A commit is made against a state, and is created as the version after the newest one. Who loses the race reads what came in between;
 * if any of that touches the same block or segment, the work is dropped ({@link io.narfi.storage.catalog.CommitConflictException}), else the
 * next version is tried. Nothing but a commit takes effect, so any number of compactors may run, die and be late. A put whose outcome is
 * unknown is read back: the commit's unique id tells who created the version.
 *
 * <p>Readers list segments first and then read the catalog ({@link io.narfi.storage.catalog.SnapshotReader}). A segment consumed in between
 * is in both and dropped by its id. Objects are deleted after a grace period longer than the longest query, and ids forgotten after another,
 * so the clocks of the machines may differ by less than that; a commit's time never runs backwards.
 *
 * <p>Ids stay exact sets (uploads land out of order, a writer may die between two), kept as ranges for each writer, with gaps. Listing skips over
 * them, so that the cost of a listing follows the number of live segments and gaps, not that of the consumed ones that wait for deletion.
 *
 * <h2>Loss</h2>
 *
 * <p>A damaged commit is passed over if a later checkpoint exists, else it is a {@link io.narfi.storage.catalog.CatalogCorruptException}. A
 * catalog that is not there though there are blocks is a {@link io.narfi.storage.catalog.CatalogLostException}. {@link
 * io.narfi.storage.catalog.CatalogRebuilder} makes a new one from the blocks alone.
 */
@NullMarked
package io.narfi.storage.catalog;

import org.jspecify.annotations.NullMarked;
