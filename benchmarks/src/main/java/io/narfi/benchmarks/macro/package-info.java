/**
 * The macro benchmark: real processes, generated Kubernetes-like logs, the same queries every time. {@link
 * io.narfi.benchmarks.macro.MacroBenchmark} is its main class; {@code benchmarks/macro} runs it.
 */
@NullMarked
package io.narfi.benchmarks.macro;

import org.jspecify.annotations.NullMarked;
