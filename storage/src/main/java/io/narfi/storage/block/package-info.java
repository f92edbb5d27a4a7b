/**
 * Blocks: one tenant's rows of one UTC day, sorted by stream and time, with their index. Version 1.
 *
 * <p>A block describes itself: its footer has all that {@link io.narfi.storage.block.BlockMeta} says, so that a lost catalog can be rebuilt from
 * blocks alone. It is opened with one ranged read, from {@code footerOffset} to the end; without knowing that offset, from the last bytes. Whatever
 * can be answered from the index (streams, labels, counts of whole pages) touches nothing before the footer.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 *   +-----------------------+
 *   | header, 8 bytes       |  u32 magic "NBLK" | u32 version
 *   +-----------------------+
 *   | group 0               |  lines of its pages | timestamps | line lengths | structured metadata
 *   | group 1 ...           |
 *   +-----------------------+  footerOffset
 *   | sections              |  symbols, series, page directory, postings, meta
 *   +-----------------------+
 *   | section table         |  entries of 20 bytes
 *   +-----------------------+
 *   | tail, 24 bytes        |
 *   +-----------------------+
 * </pre>
 *
 * Integers are little-endian, varints as in {@code io.narfi.storage.page}, strings are a varint length and UTF-8.
 *
 * <h2>Groups</h2>
 *
 * A stream's rows in the block are its <i>chunk</i>, cut into <i>pages</i> of about 256 KiB of lines. A page's columns (see {@code
 * io.narfi.storage.page}) are not next to each other: consecutive pages, of one stream or of many, form a group, in which each column of all
 * pages stands together, in the order of the pages. So counting over time reads a few long runs of timestamps and never the lines between them.
 * A group ends when its three small columns have 2 MiB or its lines 64 MiB (compressed). Streams are in ascending unsigned order of the stable
 * hash of their labels, then of the labels; a stream's rows ascend in time.
 *
 * <h2>Footer</h2>
 *
 * <pre>
 *   table entry:   0         4         8                   16        20
 *                  +---------+---------+-------------------+---------+
 *                  | section | CRC32C  | offset from       | length  |
 *                  | id      |         | footerOffset      |         |
 *                  +---------+---------+-------------------+---------+
 *
 *   tail:          0                   8         12        16        20        24
 *                  +-------------------+---------+---------+---------+---------+
 *                  | footerOffset      | number  | version | CRC32C  | magic   |
 *                  |                   | of sec. |         |         | "NBLK"  |
 *                  +-------------------+---------+---------+---------+---------+
 * </pre>
 *
 * The tail's checksum covers the table and the tail up to itself. Sections with an id that a reader does not know are passed over.
 *
 * <p><b>1 meta</b>
 *
 * <pre>
 *   string tenant | string id (ULID) | zigzag varint day since 1970-01-01 | varint level | varint retention seconds
 *   i64 min time | i64 max time | varint rows | varint bytes of lines | varint bytes of metadata | varint streams
 * </pre>
 *
 * <b>2 symbols</b>: every label name and value once, in ascending order of their bytes; a symbol's number is its place.
 *
 * <pre>
 *   u32 n | (n + 1) * u32 offset in text | text
 * </pre>
 *
 * <b>3 series</b>: in the order of streams; a series' number is its place.
 *
 * <pre>
 *   u32 n | n * i64 stable hash | (n + 1) * u32 offset in records | records
 *   record:  i64 min time | varint max - min | varint rows | varint bytes of lines | varint bytes of metadata
 *            varint pages | varint offset in the page directory | varint bytes there
 *            varint labels | labels * (varint symbol of the name, varint symbol of the value)
 * </pre>
 *
 * <b>4 page directory</b>: for each series its pages, in runs that lie in one group.
 *
 * <pre>
 *   run:   varint pages | 4 * varint offset in the block: timestamps, line lengths, metadata, lines of the first page | pages * page
 *   page:  varint min time - previous | varint max - min | varint rows | varint bytes of lines | varint bytes of metadata
 *          4 * varint length of a column; each column begins where that of the page before ended
 * </pre>
 *
 * where "previous" is the max time of the page before, for the first page of a series the series' min time.
 *
 * <p><b>5 postings</b>
 *
 * <pre>
 *   u32 names | u32 values
 *   names  * (u32 symbol, u32 its first value, u32 offset of the list of series that have the name)
 *   values * (u32 symbol, u32 offset of the list of series that have this value for the name)
 *   lists:  varint n | n * varint difference to the series before (the first: to 0)
 * </pre>
 *
 * Names ascend by symbol; a name's values go from its first to the next name's first and ascend by symbol. Offsets count from the first list.
 *
 * <p><b>6 parents</b>: the blocks that this one was merged from and replaces; absent from a block made from segments.
 *
 * <pre>
 *   varint n | n * string id
 * </pre>
 *
 * <h2>Limits</h2>
 *
 * The footer has at most 1 GiB, a section's text and lists less than 2 GiB; pages are within {@link io.narfi.storage.page.PageLimits}. A block has at
 * least one row; all its rows are of its day.
 *
 * <h2>History</h2>
 *
 * Version 1: as above.
 */
@NullMarked
package io.narfi.storage.block;

import org.jspecify.annotations.NullMarked;
