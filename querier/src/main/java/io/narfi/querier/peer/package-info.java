/**
 * The other read processes: how they are found, which of them gets a task, and how a task travels. Peers trust the network, as Loki's
 * do; the gateway does not let outsiders reach the internal path.
 */
@NullMarked
package io.narfi.querier.peer;

import org.jspecify.annotations.NullMarked;
