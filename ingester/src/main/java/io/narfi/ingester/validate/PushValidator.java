package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.google.re2j.PatternSyntaxException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.time.Duration;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.concurrent.ConcurrentMap;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides what of a push is stored and what it is answered (contract/push-validation.md §2). Safe from any thread.
 *
 * <p>Two things differ from Loki on purpose: rows of any age order are taken, there is no {@code too_far_behind}; and where Loki answers
 * with the outcome of the last stream it looked at, a failure here is never hidden by a stream that went well.
 */
@SuppressWarnings("ReferenceEquality") // rules are the same object or were made anew
public final class PushValidator {
    /** Bytes of label texts and what they mean that are remembered. */
    private static final long CACHED_STREAM_BYTES = 48L << 20;

    private static final int MAX_TENANTS = 10_000;
    private static final Duration TENANT_IDLE = Duration.ofHours(2);

    private record StreamKey(String tenant, String text) {}

    private final TenantLimits limits;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final IntSupplier writers;
    private final PushMetrics metrics;
    private final Duration streamIdle;
    private final int maxStreamErrors;
    private final ActiveStreams.Bound bound;
    private final MetadataText metadataText = new MetadataText();
    private final Cache<StreamKey, StreamInfo> streams;
    private final Cache<String, TenantState> tenants;

    /**
     * Makes a validator.
     *
     * @param clock the time that rows are compared with
     * @param nanoTime a clock that never goes back, for rates
     * @param writers how many write processes share a tenant's rate with the {@code global} strategy, at least 1
     * @param streamIdle after which a stream does not count as active any more
     * @param maxActiveStreams of all tenants, whatever their limits
     * @param maxStreamErrors rows that a message about a stream's rate names at most
     */
    public PushValidator(
            TenantLimits limits,
            InstantSource clock,
            LongSupplier nanoTime,
            IntSupplier writers,
            Duration streamIdle,
            long maxActiveStreams,
            int maxStreamErrors,
            MeterRegistry registry) {
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
        this.writers = requireNonNull(writers, "writers is null");
        this.streamIdle = requireNonNull(streamIdle, "streamIdle is null");
        this.maxStreamErrors = maxStreamErrors;
        this.metrics = new PushMetrics(registry);
        this.bound = new ActiveStreams.Bound(maxActiveStreams);
        this.streams = Caffeine.newBuilder()
                .maximumWeight(CACHED_STREAM_BYTES)
                .weigher((StreamKey key, StreamInfo info) -> info.weight() + 2 * key.text.length())
                .build();
        this.tenants = Caffeine.newBuilder()
                .maximumSize(MAX_TENANTS)
                .expireAfterAccess(TENANT_IDLE)
                .removalListener((@Nullable String tenant, @Nullable TenantState state, RemovalCause cause) -> {
                    if (state != null) {
                        state.streams().clear();
                    }
                })
                .build();
        Gauge.builder("loki_ingester_memory_streams", this, v -> v.bound.used())
                .description("Streams that got rows lately, of all tenants")
                .register(registry);
    }

    /**
     * Refuses limits that a push could not be checked with.
     *
     * @throws IllegalArgumentException if a selector or a time does not parse
     */
    public static void checkLimits(Limits limits) {
        try {
            TenantRules _ = new TenantRules(limits);
        } catch (ApiException | PatternSyntaxException e) {
            throw new IllegalArgumentException("invalid labels matchers for policy stream mapping: " + e.getMessage(), e);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("block_ingestion_until: " + e.getMessage(), e);
        }
    }

    /**
     * Checks a decoded push.
     *
     * @param lease pays for what is made per row
     * @throws ApiException if nothing of the push is stored; otherwise {@link AcceptedPush#answer} has what to answer
     */
    public AcceptedPush validate(PushOrigin origin, PushData data, MemoryBudget.Lease lease) {
        if (data.streams() == 0) {
            throw new ApiException(422, "error at least one valid stream is required for ingestion");
        }
        String tenant = origin.tenant();
        Limits tenantLimits = limits.forTenant(tenant);
        TenantState state = tenants.get(
                tenant, _ -> new TenantState(tenantLimits, new ActiveStreams(bound, streamIdle.toNanos())));
        TenantRules rules = state.rules(tenantLimits);
        // Eight bytes a row and a stream for the columns of the result, and the list of streams.
        lease.reserve(16L * data.entries() + 32L * data.streams());
        StreamInfo[] infos = new StreamInfo[data.streams()];
        for (int s = 0; s < infos.length; s++) {
            infos[s] = stream(tenant, data.labelText(s), rules);
        }
        PushCheck check = new PushCheck(
                origin, data, infos, rules, new EntryMetadata(data, metadataText, lease), clock.instant(), maxStreamErrors, metrics);
        AcceptedPush accepted = check.run();
        if (accepted.rows() > 0) {
            check.tenantRate(state.rate(), Math.max(1, writers.getAsInt()), nanoTime.getAsLong());
            check.streamLimits(state.streams(), nanoTime.getAsLong());
        }
        return check.finish();
    }

    /** Counts a body that was refused for its size before it was decoded. */
    public void bodyRefused(PushOrigin origin, long bytes) {
        metrics.discarded(Reason.REQUEST_BODY_TOO_LARGE, origin.tenant(), "", origin.policy(), origin.format(), 0, Math.max(0, bytes));
    }

    private StreamInfo stream(String tenant, String text, TenantRules rules) {
        StreamKey key = new StreamKey(tenant, text);
        StreamInfo known = streams.getIfPresent(key);
        if (known != null && known.rules() == rules) {
            return known;
        }
        StreamInfo info = StreamParser.parse(text, rules);
        streams.put(key, info);
        return info;
    }

    /** Streams of a tenant that count as active, for tests and pages. */
    int activeStreams(String tenant) {
        ConcurrentMap<String, TenantState> map = tenants.asMap();
        TenantState state = map.get(tenant);
        return state == null ? 0 : state.streams().size();
    }
}
