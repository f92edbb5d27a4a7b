/**
 * What Narfi keeps in the bucket. This package has what readers of rows share, whatever object they lie in: {@link
 * io.narfi.storage.RowSource} is one object, {@link io.narfi.storage.StreamSlice} a stream's rows in it. Subpackages: {@code object}
 * (the store), {@code page} (rows in columns), {@code segment} and {@code block} (objects of rows), {@code catalog} (which of them count),
 * {@code cache} (local copies).
 */
@NullMarked
package io.narfi.storage;

import org.jspecify.annotations.NullMarked;
