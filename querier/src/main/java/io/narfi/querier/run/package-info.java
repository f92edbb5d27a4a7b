/**
 * What keeps queries from hurting each other: fair admission, a pool of workers, budgets of memory and time, cancellation.
 */
@NullMarked
package io.narfi.querier.run;

import org.jspecify.annotations.NullMarked;
