/** Blocks: one tenant's rows of one UTC day, sorted by stream and time, with their index. */
@NullMarked
package io.narfi.storage.block;

import org.jspecify.annotations.NullMarked;
