/**
 * Replays recorded answers of Loki 3.7.6 against Narfi. The corpus lies in the test resources: {@code streams} is pushed first, then every
 * case of {@code cases} and {@code fuzz.jsonl} is asked and its answer compared by the rules of {@link io.narfi.conformance.Comparison}.
 * {@code divergences.tsv} names the cases where Narfi answers otherwise on purpose.
 */
@NullMarked
package io.narfi.conformance;

import org.jspecify.annotations.NullMarked;
