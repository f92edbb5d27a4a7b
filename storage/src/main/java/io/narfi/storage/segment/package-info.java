/**
 * Segments: what one write process took in during a fraction of a second, all tenants and streams. Version 1.
 *
 * <p>A segment is written once, in one piece, under {@code segments/<writer ulid>/<sequence>}, and lives until its rows are in blocks. So it is
 * cheap to write: rows of neighbouring streams share <i>frames</i> (pages of the package {@code io.narfi.storage.page}) of about 256 KiB of
 * lines, so that zstd finds repetition although a stream may have a few lines only. Readers have the whole object in memory.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 *   +--------------------+
 *   | header, 8 bytes    |  u32 magic "NSEG" | u32 version
 *   +--------------------+
 *   | frame 0            |  its columns without gaps: timestamps, line lengths,
 *   | frame 1 ...        |  structured metadata (may be absent), lines
 *   +--------------------+
 *   | directory          |  one zstd frame
 *   +--------------------+
 *   | tail, 32 bytes     |
 *   +--------------------+
 *
 *   tail:   0         4         8         12                  20        24        28        32
 *           +---------+---------+---------+-------------------+---------+---------+---------+
 *           | CRC32C  | stored  | raw     | offset of the     | version | CRC32C  | magic   |
 *           | of dir. | length  | length  | directory         |         | of 0-23 | "NSEG"  |
 *           +---------+---------+---------+-------------------+---------+---------+---------+
 * </pre>
 *
 * Integers are little-endian. The first checksum is that of the directory as stored. Columns carry their own checksums.
 *
 * <h2>Directory</h2>
 *
 * <pre>
 *   varint symbols | symbols * (varint length, UTF-8)
 *   varint frames  | frames * (varint rows, varint bytes of lines, 4 * varint length of a column)
 *   varint tenants | tenants * tenant
 *
 *   tenant:  (varint length, UTF-8) name | varint frames | varint streams | streams * stream
 *   stream:  varint labels | labels * (varint symbol of the name, varint symbol of the value)
 *            i64 stable hash of the labels
 *            varint pieces | pieces * piece
 *   piece:   varint rows | i64 first time | varint last - first
 *            varint bytes of lines | varint bytes of metadata (without detected_level)
 * </pre>
 *
 * Tenants come in ascending order of names, streams in ascending unsigned order of their hash, then of their labels. A tenant has frames of
 * its own. A tenant's rows are in the order of its streams, then of time; rows of equal time in the order of arrival. A <i>piece</i> is a stream's
 * share of a frame; pieces follow each other without gaps through the tenant's frames, so their places need not be stored. Two rows of a stream
 * never agree in time, line and metadata.
 *
 * <h2>Limits</h2>
 *
 * An object has at most 1 GiB, a directory 64 MiB (uncompressed), frames are within the limits of pages. A segment has at least one row.
 *
 * <h2>History</h2>
 *
 * Version 1: as above.
 */
@NullMarked
package io.narfi.storage.segment;

import org.jspecify.annotations.NullMarked;
