/** Log queries: finding the first entries of a range over many streams while reading as few pages as possible. */
@NullMarked
package io.narfi.querier.log;

import org.jspecify.annotations.NullMarked;
