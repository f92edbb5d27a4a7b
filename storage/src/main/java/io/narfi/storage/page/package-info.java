/**
 * Pages: some rows in columns, the unit of compression in segments and blocks alike. Version 1.
 *
 * <p>A page knows nothing of streams or times of other pages, nor where it lies: the directory of its container (segment or block) says
 * how many rows and bytes of lines it has and where each column is. So a reader touches only the columns that it needs.
 *
 * <h2>Column</h2>
 *
 * <pre>
 *    0        1                                                  n-4        n
 *   +--------+--------------------------------------------------+----------+
 *   | codec  | payload                                          | CRC32C   |
 *   +--------+--------------------------------------------------+----------+
 * </pre>
 *
 * The checksum (little-endian, as all integers here) covers codec and payload. A codec number means something per column; unknown ones are
 * refused. New ways to store a column (templates and their variables, for one) get new codec numbers, so the container stays as it is.
 * A column of no bytes at all is absent; only structured metadata may be.
 *
 * <p><b>Numbers</b>: {@code varint} is LEB128 of an unsigned 64-bit number; {@code packed(n)} is a list of n unsigned numbers in runs of 128
 * (the last run shorter):
 *
 * <pre>
 *   run:  varint min | u8 width | ceil(n * width / 8) bytes: value - min in `width` bits, low bits first, LSB of the first byte first
 * </pre>
 *
 * where width is 0 to 56 or 64.
 *
 * <h2>Timestamps</h2>
 *
 * <pre>
 *   codec 1, ascending:   u8 e | i64 first    | packed(rows - 1): (t[i+1] - t[i]) / 10^e
 *   codec 2, any order:   u8 e | i64 smallest | packed(rows):     (t[i] - smallest) / 10^e
 * </pre>
 *
 * in nanoseconds since the epoch, e one of 0, 3, 6, 9. Arithmetic wraps, so that any pair of times works. Codec 2 is for pages of several
 * streams.
 *
 * <h2>Line lengths</h2>
 *
 * <pre>
 *   codec 1:   packed(rows): bytes of each line
 * </pre>
 *
 * <h2>Structured metadata</h2>
 *
 * <pre>
 *   codec 1:   varint d | u8 0 | dictionary (d bytes)                 | packed(rows): set codes
 *          or  varint d | u8 1 | u32 z | zstd frame (z bytes) of same | packed(rows): set codes
 *
 *   dictionary:  varint s | s * varint length | the strings' bytes (UTF-8)
 *                varint k | k * ( varint pairs | pairs * (varint code of the name, varint code of the value) )
 * </pre>
 *
 * A code of 0 means "the next one that did not occur yet", a code of c &gt; 0 the one with number c - 1; both for the strings of the
 * dictionary and for the sets of rows. So an id of its own for every row takes no bits beside its own text, and a set that is the same for
 * all rows takes none either. Names of a set ascend. Every distinct set stands in the dictionary once.
 *
 * <h2>Lines</h2>
 *
 * <pre>
 *   codec 0:   the lines' bytes, one after the other
 *   codec 1:   a zstd frame of the same (written at level 1), when that is smaller
 * </pre>
 *
 * <h2>Limits</h2>
 *
 * 1 to 65,536 rows; a writer begins a new page at 256 KiB of lines or 256 KiB of distinct metadata; a line has at most 16 MiB, a row's
 * metadata 1 MiB; a reader refuses pages of more than 16 MiB of lines or 16 MiB of dictionary before it allocates anything. See {@link
 * io.narfi.storage.page.PageLimits}.
 *
 * <h2>History</h2>
 *
 * Version 1: as above.
 */
@NullMarked
package io.narfi.storage.page;

import org.jspecify.annotations.NullMarked;
