/** The objects that hold rows, as a query sees them: which ones there are, opened and kept open. */
@NullMarked
package io.narfi.querier.source;

import org.jspecify.annotations.NullMarked;
