/** Rows for tests, in real objects of a store in memory, and what queries over them must answer. */
@NullMarked
package io.narfi.querier.data;

import org.jspecify.annotations.NullMarked;
