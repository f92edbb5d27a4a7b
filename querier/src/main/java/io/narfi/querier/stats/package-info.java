/** What a query did: the numbers behind the {@code stats} object of answers and behind the metrics. */
@NullMarked
package io.narfi.querier.stats;

import org.jspecify.annotations.NullMarked;
