/** The bound on what pushes hold in memory: {@link io.narfi.ingester.memory.MemoryBudget}. */
@NullMarked
package io.narfi.ingester.memory;

import org.jspecify.annotations.NullMarked;
