/** Segments: what one write process took in during a fraction of a second, all tenants and streams. */
@NullMarked
package io.narfi.storage.segment;

import org.jspecify.annotations.NullMarked;
