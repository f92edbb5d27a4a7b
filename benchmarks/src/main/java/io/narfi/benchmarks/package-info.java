/** Benchmarks: JMH for single parts, on generated lines whose distribution is that of a Kubernetes cluster and whose seed is fixed. */
@NullMarked
package io.narfi.benchmarks;

import org.jspecify.annotations.NullMarked;
