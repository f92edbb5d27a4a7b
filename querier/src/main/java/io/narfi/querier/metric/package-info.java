/** Metric queries inside a task: the samples of a leaf's streams, from the cheapest source that has them. */
@NullMarked
package io.narfi.querier.metric;

import org.jspecify.annotations.NullMarked;
