package io.narfi.ingester;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Handler;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import io.narfi.ingester.validate.AcceptedPush;
import io.narfi.ingester.validate.PushOrigin;
import io.narfi.ingester.validate.PushValidator;
import io.narfi.ingester.write.SegmentGatherer;
import io.narfi.ingester.write.Ticket;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code POST /loki/api/v1/push}, {@code /api/prom/push} and, inside {@link OtlpHandler}, OTLP: decode, validate, append, wait,
 * answer. What the body took in memory is given back before the wait, as the rows are in the segment then.
 */
public final class PushHandler implements Handler {
    private static final byte[] NOTHING = {};
    private static final int NO_CONTENT = 204;

    /** From a body to rows. */
    @FunctionalInterface
    public interface Decoder {
        /** @throws ApiException 400, 413 or 503 with Loki's text */
        PushData decode(Request request, String tenant, MemoryBudget.Lease lease) throws IOException;
    }

    private final String format;
    private final Decoder decoder;
    private final Tenants tenants;
    private final TenantLimits limits;
    private final PushValidator validator;
    private final MemoryBudget memory;
    private final SegmentGatherer gatherer;

    /** @param format {@code loki} or {@code otlp}, for metrics */
    public PushHandler(
            String format,
            Decoder decoder,
            Tenants tenants,
            TenantLimits limits,
            PushValidator validator,
            MemoryBudget memory,
            SegmentGatherer gatherer) {
        this.format = requireNonNull(format, "format is null");
        this.decoder = requireNonNull(decoder, "decoder is null");
        this.tenants = requireNonNull(tenants, "tenants is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.validator = requireNonNull(validator, "validator is null");
        this.memory = requireNonNull(memory, "memory is null");
        this.gatherer = requireNonNull(gatherer, "gatherer is null");
    }

    @Override
    public void handle(Request request, Response response) throws IOException, InterruptedException {
        PushOrigin origin = new PushOrigin(
                tenants.single(request.header(Tenants.HEADER)),
                format,
                orEmpty(request.header("X-Loki-Ingestion-Policy")),
                orEmpty(request.header("User-Agent")));
        long latency = limits.forTenant(origin.tenant()).simulatedPushLatency();
        if (latency > 0) {
            Thread.sleep(Duration.ofNanos(latency));
        }
        Accepted accepted = accept(request, origin);
        if (accepted.ticket != null) {
            accepted.ticket.await();
        }
        if (accepted.answer != null) {
            throw accepted.answer;
        }
        response.status(NO_CONTENT).send(NOTHING);
    }

    /** What a push waits for, if it has rows, and what it is answered then, if not a 204. */
    private record Accepted(@Nullable Ticket ticket, @Nullable ApiException answer) {}

    private Accepted accept(Request request, PushOrigin origin) throws IOException, InterruptedException {
        try (MemoryBudget.Lease lease = memory.open()) {
            PushData data = decode(request, origin, lease);
            AcceptedPush push = validator.validate(origin, data, lease);
            return new Accepted(push.rows() == 0 ? null : gatherer.append(push), push.answer());
        }
    }

    private PushData decode(Request request, PushOrigin origin, MemoryBudget.Lease lease) throws IOException {
        try {
            return decoder.decode(request, origin.tenant(), lease);
        } catch (ApiException e) {
            if (e.status() == 413) {
                validator.bodyRefused(origin, request.contentLength());
            }
            throw e;
        }
    }

    private static String orEmpty(@Nullable String header) {
        return header == null ? "" : header;
    }
}
