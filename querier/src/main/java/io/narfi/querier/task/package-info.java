/**
 * Tasks, the unit in which a query's work is done: what they are, what they return, their wire form between peers
 * ({@code task.proto}), and their execution in this process.
 */
@NullMarked
package io.narfi.querier.task;

import org.jspecify.annotations.NullMarked;
