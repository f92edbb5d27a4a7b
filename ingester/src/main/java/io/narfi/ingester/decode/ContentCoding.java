package io.narfi.ingester.decode;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import org.jspecify.annotations.Nullable;

/** The {@code Content-Encoding} of a body: one token, its case counts (contract/http-api.md §3.2, 4.1). */
public enum ContentCoding {
    NONE,
    GZIP,
    /** Raw DEFLATE (RFC 1951), not zlib. */
    DEFLATE,
    ZSTD,
    /** LZ4 frames. */
    LZ4;

    /**
     * That of a push.
     *
     * @throws ApiException 400 with Loki's text for anything else
     */
    public static ContentCoding parse(@Nullable String header) {
        return switch (header == null ? "" : header) {
            // Protobuf bodies are snappy anyhow, and JSON bodies of that name are plain.
            case "", "snappy" -> NONE;
            case "gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            default -> throw ApiException.badRequest("Content-Encoding " + GoText.quote(header == null ? "" : header) + " not supported");
        };
    }

    /**
     * That of OTLP.
     *
     * @throws ApiException 400 with Loki's text for anything else
     */
    public static ContentCoding parseOtlp(@Nullable String header) {
        return switch (header == null ? "" : header) {
            case "" -> NONE;
            case "gzip" -> GZIP;
            case "zstd" -> ZSTD;
            case "lz4" -> LZ4;
            default ->
                throw ApiException.badRequest(
                        "unsupported content encoding " + (header == null ? "" : header) + ": only gzip, lz4 and zstd are supported");
        };
    }
}
