package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.narfi.common.ApiException;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.ingester.decode.BodyReader;
import io.narfi.ingester.decode.ContentCoding;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses the reader of an OTLP body by its headers (contract/http-api.md §4.1) and runs it. Safe from any thread. */
@SuppressWarnings("ReferenceEquality") // limits are read anew as a whole
public final class OtlpDecoder {
    private static final int MAX_TENANTS = 10_000;

    private final BodyReader reader;
    private final TenantLimits limits;
    private final List<String> defaultLabels;
    private final InstantSource clock;
    private final Cache<String, OtlpRules> rules = Caffeine.newBuilder().maximumSize(MAX_TENANTS).build();

    /**
     * @param defaultLabels resource attributes that become labels unless a tenant's limits say otherwise
     * @param clock for records without a time
     */
    public OtlpDecoder(BodyReader reader, TenantLimits limits, List<String> defaultLabels, InstantSource clock) {
        this.reader = requireNonNull(reader, "reader is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.defaultLabels = List.copyOf(defaultLabels);
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * Reads and decodes a body.
     *
     * @param contentLength as announced, or -1
     * @param lease holds the memory of the result
     * @throws ApiException 400, 413 or 503 with Loki's text
     * @throws IOException if the client is gone
     */
    public PushData decode(
            String tenant,
            @Nullable String contentType,
            @Nullable String contentEncoding,
            InputStream body,
            long contentLength,
            MemoryBudget.Lease lease)
            throws IOException {
        boolean json =
                switch (contentType == null ? "" : contentType) {
                    case "application/x-protobuf" -> false;
                    case "application/json" -> true;
                    default -> throw ApiException.badRequest("content type: " + (contentType == null ? "" : contentType) + " is not supported");
                };
        ContentCoding coding = ContentCoding.parseOtlp(contentEncoding);
        BodyReader.Piece message = reader.otlp(body, contentLength, coding, lease);
        Instant now = clock.instant();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        OtlpMapping mapping = new OtlpMapping(message.bytes(), message.length(), rules(tenant), nanos, lease);
        if (json) {
            new JsonOtlpReader(message.bytes(), message.length(), mapping, lease).read();
        } else {
            new ProtobufOtlpReader(message.bytes(), message.length(), mapping, lease).read();
        }
        return mapping.finish();
    }

    private OtlpRules rules(String tenant) {
        Limits current = limits.forTenant(tenant);
        OtlpRules known = rules.getIfPresent(tenant);
        if (known != null && known.limits() == current) {
            return known;
        }
        OtlpRules made = new OtlpRules(current, defaultLabels);
        rules.put(tenant, made);
        return made;
    }
}
