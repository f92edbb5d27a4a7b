/**
 * Answers of the query API, written byte by byte as Loki writes them ({@code contract/http-api.md} sections 5 to 8), streaming, with a
 * buffer of fixed size.
 */
@NullMarked
package io.narfi.querier.json;

import org.jspecify.annotations.NullMarked;
