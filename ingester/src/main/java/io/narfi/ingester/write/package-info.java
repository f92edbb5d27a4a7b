/**
 * From accepted rows to durable objects. {@link io.narfi.ingester.write.SegmentGatherer} gathers the rows of all tenants in one open segment
 * and seals it by size or age; {@link io.narfi.ingester.write.SegmentUploader} encodes and puts sealed segments, several at once; {@link
 * io.narfi.ingester.write.Spool} keeps them on the local disk while the store cannot be reached, and {@link
 * io.narfi.ingester.write.SpoolDrainer} brings them there later.
 *
 * <p>A segment has one key for its whole life. Whatever is tried again, a put whose outcome is unknown, a spooled segment after a restart,
 * uses that key with create-if-absent, so rows never land twice; a key that exists counts as landed, because the writer's ULID is nobody
 * else's.
 *
 * <pre>
 *   push ─► open ─(size or linger)──► encode ─► put ─► 204 to every push in it
 *                                                │ no success within spoolAfter
 *                                                ▼
 *                                      spool (file, fsync, rename, fsync) ─► 204
 *                                                │ no room, or no spool: 503
 *                                                ▼
 *                                      drainer ─► put, same key ─► file deleted
 * </pre>
 */
@NullMarked
package io.narfi.ingester.write;

import org.jspecify.annotations.NullMarked;
