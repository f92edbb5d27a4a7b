/**
 * OTLP: from an {@code ExportLogsServiceRequest}, protobuf or JSON, to the same {@link io.narfi.ingester.decode.PushData} that a push
 * becomes (contract/http-api.md §4). {@link io.narfi.ingester.otlp.OtlpDecoder} is the way in. The two readers, {@code ProtobufOtlpReader}
 * and {@code JsonOtlpReader}, only know the message's form; {@code OtlpMapping} decides what becomes a label, structured metadata or the line,
 * by a tenant's {@link io.narfi.ingester.otlp.OtlpRules}.
 *
 * <p>Strings of the body are never copied: entries refer to them where they stand. What has to be made, normalised names, numbers, JSON, goes
 * to one {@code TextBuffer}, which is joined to the body at the end. A resource's and a scope's attributes are rendered once and shared by
 * all their records.
 */
@NullMarked
package io.narfi.ingester.otlp;

import org.jspecify.annotations.NullMarked;
