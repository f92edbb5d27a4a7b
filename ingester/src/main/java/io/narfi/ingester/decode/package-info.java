/**
 * From the bytes of a push to {@link io.narfi.ingester.decode.PushData}: media types, content encodings, the protobuf and the JSON form, and
 * the text form of labels. Nothing here knows limits of tenants or storage. Decoders walk the bytes once and make no object per entry;
 * whatever they allocate is reserved in a {@link io.narfi.ingester.memory.MemoryBudget} first.
 */
@NullMarked
package io.narfi.ingester.decode;

import org.jspecify.annotations.NullMarked;
