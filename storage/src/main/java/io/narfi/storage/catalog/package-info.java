/** The catalog: which blocks and segments make up the data, as a log of commits. */
@NullMarked
package io.narfi.storage.catalog;

import org.jspecify.annotations.NullMarked;
