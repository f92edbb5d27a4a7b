/**
 * The write path: from a push to its 204. {@code decode} makes columns of a body, {@code otlp} of OTLP's, {@code validate} applies a tenant's
 * limits, {@code write} gathers rows of all tenants in segments and makes them durable, {@code memory} bounds what all pushes hold meanwhile.
 */
@NullMarked
package io.narfi.ingester;

import org.jspecify.annotations.NullMarked;
