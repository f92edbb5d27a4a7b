/**
 * Local copies of what lies in the object store. Objects are immutable, so a copy is never stale; it is only there or not.
 *
 * <p>{@link io.narfi.storage.cache.CachedObjects} cuts an object into aligned <em>pieces</em> (256 KiB by default), keeps hot ones in
 * memory and many more on disk, and reads what is missing in as few ranged GETs as possible, once for all who want it at the same time.
 * Small objects that are always read whole are one piece.
 *
 * <h2>On disk</h2>
 *
 * A piece is a file {@code <folder>/<hh>/<hash>/<number>}: {@code hash} is the 128-bit hash of the key in hex, {@code hh} its first two
 * digits, {@code number} the piece's place in the object, or {@code whole}. It is written as {@code …/<number>.<n>.tmp} and renamed; it
 * is not fsynced, for what a power cut tears the checksum finds. Integers are big-endian:
 *
 * <pre>
 *   0  u64  magic "NRFCACH1"
 *   8  u32  CRC32C of all that follows
 *  12  u64  size of the object
 *  20  u64  offset of the piece in the object
 *  28  u32  length of the piece
 *  32  u16  length of the key
 *  34       key, ASCII
 *   …       the piece
 * </pre>
 *
 * A file that does not say exactly what its reader expects is dropped, counted, and read again from the store. The index is in memory
 * and is rebuilt at start from names and sizes alone. One process owns a folder, by a lock on {@code <folder>/lock}.
 *
 * <p>{@link io.narfi.storage.cache.BlobCache} keeps results that were computed from objects, in memory and in files of their own.
 */
@NullMarked
package io.narfi.storage.cache;

import org.jspecify.annotations.NullMarked;
