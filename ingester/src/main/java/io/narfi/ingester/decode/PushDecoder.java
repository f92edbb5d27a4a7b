package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import io.narfi.ingester.memory.MemoryBudget;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Chooses the decoder of a body by its headers (contract/http-api.md §3.2) and runs it. Safe from any thread. */
public final class PushDecoder {
    private static final String JSON = "application/json";

    /** Which JSON form a route takes; both take the same protobuf. */
    public enum Form {
        /** {@code /loki/api/v1/push}. */
        V1,
        /** {@code /api/prom/push}. */
        LEGACY
    }

    private final BodyReader reader;

    public PushDecoder(BodyReader reader) {
        this.reader = requireNonNull(reader, "reader is null");
    }

    /**
     * Reads and decodes a body.
     *
     * @param contentLength as announced, or -1
     * @param lease holds the memory of the result
     * @throws io.narfi.common.ApiException 400, 413 or 503 with Loki's text
     * @throws IOException if the client is gone
     */
    public PushData decode(
            Form form,
            @Nullable String contentType,
            @Nullable String contentEncoding,
            InputStream body,
            long contentLength,
            MemoryBudget.Lease lease)
            throws IOException {
        ContentCoding coding = ContentCoding.parse(contentEncoding);
        String type = MediaType.parse(contentType);
        if (!type.equals(JSON)) {
            return ProtobufPushDecoder.decode(reader.protobuf(body, contentLength, coding, lease), lease);
        }
        BodyReader.Piece document = reader.json(body, contentLength, coding, lease);
        return switch (form) {
            case V1 -> JsonPushDecoder.decode(document.bytes(), document.length(), lease);
            case LEGACY -> LegacyJsonPushDecoder.decode(document.bytes(), document.length(), lease);
        };
    }
}
