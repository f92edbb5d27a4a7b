package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.ApiException;
import io.narfi.common.ByteSizes;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import io.narfi.ingester.decode.PushData;
import io.narfi.storage.page.PageLimits;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The checks of one push, in Loki's order (contract/push-validation.md §2.2 to 2.4); used once, by one thread. */
final class PushCheck {
    private static final double BYTES_PER_MB = 1048576;

    /** The first time that a storage period can cover, in nanoseconds: Loki reckons periods in milliseconds after the epoch. */
    private static final long FIRST_COVERED = 1_000_000;

    /** What can be stored whatever the limits say; names may grow when they are normalised. */
    private static final long MOST_METADATA = PageLimits.MAX_ROW_METADATA_BYTES / 4;

    private final PushOrigin origin;
    private final PushData data;
    private final StreamInfo[] infos;
    private final TenantRules rules;
    private final Limits limits;
    private final EntryMetadata entryMetadata;
    private final Instant now;
    private final long oldest;
    private final long newest;
    private final long longestLine;
    private final long mostMetadata;
    private final int maxStreamErrors;
    private final PushMetrics metrics;
    private final AcceptedPush accepted;
    private final ValidationErrors errors = new ValidationErrors();
    private final byte[] truncationSuffix;
    private final long[] streamBytes;
    private final int[] streamRows;
    private @Nullable ApiException blocked;
    private @Nullable ApiException ingesterError;

    PushCheck(
            PushOrigin origin,
            PushData data,
            StreamInfo[] infos,
            TenantRules rules,
            EntryMetadata entryMetadata,
            Instant now,
            int maxStreamErrors,
            PushMetrics metrics) {
        this.origin = origin;
        this.data = data;
        this.infos = infos;
        this.rules = rules;
        this.limits = rules.limits();
        this.entryMetadata = entryMetadata;
        this.now = now;
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        this.oldest = limits.rejectOldSamples() ? nanos - limits.rejectOldSamplesMaxAge() : Long.MIN_VALUE;
        this.newest = nanos + limits.creationGracePeriod();
        this.longestLine = bounded(limits.maxLineSize(), PageLimits.MAX_LINE_BYTES);
        this.mostMetadata = bounded(limits.maxStructuredMetadataSize(), MOST_METADATA);
        this.maxStreamErrors = maxStreamErrors;
        this.metrics = metrics;
        this.accepted = new AcceptedPush(origin.tenant(), data);
        this.truncationSuffix = limits.maxLineSizeTruncateIdentifier().getBytes(UTF_8);
        this.streamBytes = new long[infos.length];
        this.streamRows = new int[infos.length];
    }

    /** A limit, where 0 means none, within what can be stored. */
    private static long bounded(long limit, long storable) {
        return limit <= 0 ? storable : Math.min(limit, storable);
    }

    /** Checks streams and entries. */
    AcceptedPush run() {
        countReceived();
        for (int s = 0; s < infos.length; s++) {
            if (data.firstEntry(s) < data.endEntry(s) && streamPasses(s)) {
                entries(s);
            }
        }
        return accepted;
    }

    private void countReceived() {
        long latest = Long.MIN_VALUE;
        for (int s = 0; s < infos.length; s++) {
            long lineBytes = 0;
            long metadataBytes = 0;
            int from = data.firstEntry(s);
            int end = data.endEntry(s);
            for (int e = from; e < end; e++) {
                lineBytes += data.lineLength(e);
                metadataBytes += data.metadataBytes(e);
                metrics.line(data.lineLength(e));
                latest = Math.max(latest, data.timestamp(e));
            }
            if (end > from) {
                if (infos[s].labels().getOrEmpty("exporter").equals("OTLP")) {
                    metrics.otlpExporterStream(origin.tenant());
                }
                metrics.received(origin.tenant(), infos[s], policy(infos[s]), origin.format(), end - from, lineBytes, metadataBytes);
            }
        }
        if (latest != Long.MIN_VALUE) {
            long lag = now.toEpochMilli() - Math.floorDiv(latest, 1_000_000L);
            metrics.lag(origin.tenant(), origin.userAgent(), origin.format(), Math.max(0, lag));
        }
    }

    private String policy(StreamInfo info) {
        return origin.policy().isEmpty() ? info.policy() : origin.policy();
    }

    private boolean streamPasses(int s) {
        StreamInfo info = infos[s];
        Reason refused = info.refused();
        if (refused != null) {
            return discardStream(s, refused, info.refusal());
        }
        String policy = policy(info);
        if (!info.internal()) {
            String missing = missingLabels(rules.enforcedLabels(policy), info.labels());
            if (!missing.isEmpty()) {
                return discardStream(
                        s,
                        Reason.MISSING_ENFORCED_LABELS,
                        "missing required labels '" + missing + "' for user '" + origin.tenant() + "' for stream '" + info.text()
                                + "' (policy: '" + policy + "')");
            }
        }
        int status = limits.blockIngestionStatusCode();
        Instant until = rules.blockedUntil(now);
        if (until != null) {
            return block(
                    s,
                    Reason.BLOCKED_INGESTION,
                    "ingestion blocked for user '" + origin.tenant() + "' until '" + Times.rfc3339(until) + "' with status code '" + status + "'");
        }
        until = rules.blockedUntil(policy, now);
        if (until != null) {
            return block(
                    s,
                    Reason.BLOCKED_INGESTION_POLICY,
                    "ingestion blocked for user '" + origin.tenant() + "' (policy: '" + policy + "') until '" + Times.rfc3339(until)
                            + "' with status code '" + status + "'");
        }
        return true;
    }

    private static String missingLabels(Set<String> enforced, Labels labels) {
        if (enforced.isEmpty()) {
            return "";
        }
        StringBuilder missing = new StringBuilder();
        for (String name : enforced) {
            if (!labels.has(name)) {
                missing.append(missing.isEmpty() ? "" : ",").append(name);
            }
        }
        return missing.toString();
    }

    private boolean discardStream(int s, Reason reason, String text) {
        errors.add(text);
        discardAll(s, reason);
        if (reason.isLabelLimit()) {
            discardAll(s, Reason.INVALID_LABELS);
        }
        return false;
    }

    private boolean block(int s, Reason reason, String text) {
        if (blocked == null) {
            blocked = new ApiException(limits.blockIngestionStatusCode(), text);
        }
        discardAll(s, reason);
        return false;
    }

    /** Counts all entries of a stream, as they were sent, as discarded. */
    private void discardAll(int s, Reason reason) {
        long bytes = 0;
        for (int e = data.firstEntry(s); e < data.endEntry(s); e++) {
            bytes += data.lineLength(e) + data.metadataBytes(e);
        }
        discarded(s, reason, data.endEntry(s) - data.firstEntry(s), bytes);
    }

    private void discarded(int s, Reason reason, long rows, long bytes) {
        StreamInfo info = infos[s];
        metrics.discarded(reason, origin.tenant(), info.retentionHours(), policy(info), origin.format(), rows, bytes);
    }

    private void entries(int s) {
        StreamInfo info = infos[s];
        boolean increment = limits.incrementDuplicateTimestamp();
        boolean detect = false;
        long before = 0;
        int previous = -1;
        int end = data.endEntry(s);
        for (int e = data.firstEntry(s); e < end; e++) {
            if (!entryPasses(s, e)) {
                continue;
            }
            Labels metadata = entryMetadata.of(e, info);
            if (increment) {
                long original = data.timestamp(e);
                if (detect && original == before) {
                    // A copy stays a copy: it gets the time that the line before it got.
                    data.setTimestamp(e, data.timestamp(previous) + (sameLine(e, previous) ? 0 : 1));
                } else {
                    before = original;
                }
                detect = true;
                previous = e;
            }
            long size = data.lineLength(e) + entryMetadata.bytes();
            accepted.accept(e, metadata, size);
            streamBytes[s] += size;
            streamRows[s]++;
        }
        if (streamRows[s] > 0) {
            accepted.accept(s, info.labels());
        }
    }

    private boolean sameLine(int a, int b) {
        int n = data.lineLength(a);
        return n == data.lineLength(b)
                && Arrays.equals(
                        data.bytes(), data.lineOffset(a), data.lineOffset(a) + n, data.bytes(), data.lineOffset(b), data.lineOffset(b) + n);
    }

    private boolean entryPasses(int s, int e) {
        long time = data.timestamp(e);
        if (time < oldest) {
            String text = errors.isFull() ? "" : "entry for stream '" + infos[s].text() + "' has timestamp too old: " + Times.rfc3339(time)
                    + ", oldest acceptable timestamp is: " + Times.rfc3339(oldest);
            return discard(s, e, Reason.GREATER_THAN_MAX_SAMPLE_AGE, text);
        }
        if (time > newest) {
            String text = errors.isFull() ? "" : "entry for stream '" + infos[s].text() + "' has timestamp too new: " + Times.rfc3339(time);
            return discard(s, e, Reason.TOO_FAR_IN_FUTURE, text);
        }
        long most = longestLine;
        int length = data.lineLength(e);
        if (length > most) {
            if (!limits.maxLineSizeTruncate() || truncationSuffix.length >= most) {
                return discard(
                        s,
                        e,
                        Reason.LINE_TOO_LONG,
                        "max entry size '" + most + "' bytes exceeded for stream '" + infos[s].text() + "' while adding an entry with length '"
                                + length + "' bytes");
            }
            data.truncateLine(e, (int) most, truncationSuffix);
            metrics.truncated(origin.tenant(), length - most);
        }
        int pairs = data.endPair(e) - data.firstPair(e);
        return pairs == 0 || metadataPasses(s, e, pairs);
    }

    private boolean metadataPasses(int s, int e, int pairs) {
        String stream = infos[s].text();
        if (!limits.allowStructuredMetadata()) {
            return discard(
                    s,
                    e,
                    Reason.DISALLOWED_STRUCTURED_METADATA,
                    "stream '" + stream + "' includes structured metadata, but this feature is disallowed. Please see "
                            + "`limits_config.allow_structured_metadata` or contact your Loki administrator to enable it");
        }
        long bytes = data.metadataBytes(e);
        if (bytes > mostMetadata) {
            return discard(
                    s,
                    e,
                    Reason.STRUCTURED_METADATA_TOO_LARGE,
                    "stream '" + stream + "' has structured metadata too large: '" + bytes + "' bytes, limit: '"
                            + mostMetadata + "' bytes. Please see `limits_config.max_structured_metadata_size` or "
                            + "contact your Loki administrator to increase it");
        }
        if (limits.maxStructuredMetadataEntriesCount() > 0 && pairs > limits.maxStructuredMetadataEntriesCount()) {
            return discard(
                    s,
                    e,
                    Reason.STRUCTURED_METADATA_TOO_MANY,
                    "stream '" + stream + "' has too many structured metadata labels: '" + pairs + "', limit: '"
                            + limits.maxStructuredMetadataEntriesCount() + "'. Please see "
                            + "`limits_config.max_structured_metadata_entries_count` or contact your Loki administrator to increase it");
        }
        return true;
    }

    private boolean discard(int s, int e, Reason reason, String text) {
        if (text.isEmpty()) {
            errors.addUnnamed();
        } else {
            errors.add(text);
        }
        discarded(s, reason, 1, data.lineLength(e) + data.metadataBytes(e));
        return false;
    }

    /**
     * Takes the push from the tenant's rate, all of it or nothing.
     *
     * @throws ApiException 429
     */
    void tenantRate(TokenBucket bucket, int writers, long nowNanos) {
        double rate = limits.ingestionRateMb() * BYTES_PER_MB;
        if (limits.ingestionRateStrategy().equals("global")) {
            rate /= writers;
        }
        if (bucket.take(nowNanos, rate, limits.ingestionBurstSizeMb() * BYTES_PER_MB, accepted.bytes())) {
            return;
        }
        for (int s = 0; s < infos.length; s++) {
            if (streamRows[s] > 0) {
                discarded(s, Reason.RATE_LIMITED, streamRows[s], streamBytes[s]);
            }
        }
        throw new ApiException(
                429,
                String.format(
                        Locale.ROOT,
                        "ingestion rate limit exceeded for user %s (limit: %d bytes/sec) while attempting to ingest '%d' lines totaling '%d' "
                                + "bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased",
                        origin.tenant(),
                        (long) rate,
                        accepted.rows(),
                        accepted.bytes()));
    }

    /** What Loki's ingester checks, stream by stream: others are stored though one is refused. */
    void streamLimits(ActiveStreams active, long nowNanos) {
        for (int s = 0; s < infos.length; s++) {
            if (streamRows[s] == 0) {
                continue;
            }
            StreamInfo info = infos[s];
            if (uncovered(s)) {
                continue;
            }
            Limits.PolicyLimits own = limits.policyOverrideLimits().get(policy(info));
            String policy = own == null ? "" : policy(info);
            int limit = own == null
                    ? streamLimit(limits.maxStreamsPerUser(), limits.maxGlobalStreamsPerUser())
                    : streamLimit(own.maxStreamsPerUser(), own.maxGlobalStreamsPerUser());
            switch (active.admit(
                    info.labels(), streamBytes[s], policy, limit, limits.perStreamRateLimit(), limits.perStreamRateLimitBurst(), nowNanos)) {
                case ACCEPTED -> {}
                case STREAM_LIMIT -> reject(
                        s,
                        Reason.STREAM_LIMIT,
                        new ApiException(
                                429,
                                "maximum active stream limit exceeded when trying to create stream " + info.text()
                                        + ", reduce the number of active streams (reduce labels or reduce label values), or contact your Loki "
                                        + "administrator to see if the limit can be increased, user: '" + origin.tenant() + "'"));
                case RATE_LIMIT -> reject(s, Reason.PER_STREAM_RATE_LIMIT, new ApiException(429, streamRateText(s)));
            }
        }
    }

    /**
     * The smaller of the two limits that are set. Any writer takes any stream, so in time each sees all of them: the cluster-wide limit
     * counts here as it stands and is not divided.
     */
    private static int streamLimit(int local, int global) {
        return local <= 0 ? Math.max(0, global) : global <= 0 ? local : Math.min(local, global);
    }

    /** Refuses a stream with a row at or before the epoch, which no storage period of Loki covers. */
    private boolean uncovered(int s) {
        for (int e = data.firstEntry(s); e < data.endEntry(s); e++) {
            if (accepted.metadata(e) != null && data.timestamp(e) < FIRST_COVERED) {
                reject(
                        s,
                        Reason.TIME_NOT_COVERED,
                        new ApiException(
                                500,
                                "rpc error: code = Unknown desc = failed to create stream: no schema config found for time "
                                        + data.timestamp(e) / 1_000_000));
                return true;
            }
        }
        return false;
    }

    private void reject(int s, Reason reason, ApiException error) {
        discarded(s, reason, streamRows[s], streamBytes[s]);
        accepted.reject(s, streamRows[s], streamBytes[s]);
        ingesterError = error;
    }

    private String streamRateText(int s) {
        String stream = infos[s].text();
        StringBuilder out = new StringBuilder();
        int lines = 0;
        for (int e = data.firstEntry(s); e < data.endEntry(s) && lines < maxStreamErrors; e++) {
            if (accepted.metadata(e) == null) {
                continue;
            }
            lines++;
            out.append("entry with timestamp ")
                    .append(Times.go(data.timestamp(e)))
                    .append(" ignored, reason: 'Per stream rate limit exceeded (limit: ")
                    .append(ByteSizes.format(limits.perStreamRateLimit()))
                    .append("/sec) while attempting to ingest for stream '")
                    .append(stream)
                    .append("' totaling ")
                    .append(ByteSizes.format(data.lineLength(e) + data.metadataBytes(e)))
                    .append(", consider splitting a stream via additional labels or contact your Loki administrator to see if the limit can "
                            + "be increased',\n");
        }
        return out.append("user '")
                .append(origin.tenant())
                .append("', total ignored: ")
                .append(streamRows[s])
                .append(" out of ")
                .append(streamRows[s])
                .append(" for stream: ")
                .append(stream)
                .toString();
    }

    /**
     * The rows to store and the answer.
     *
     * @throws ApiException if there are no rows to store and the answer is not a 204
     */
    AcceptedPush finish() {
        ApiException answer = ingesterError;
        if (answer == null && !errors.isEmpty()) {
            answer = ApiException.badRequest(errors.text());
        }
        // A configured 200 drops the rows and tells the client nothing.
        if (answer == null && blocked != null && blocked.status() != 200) {
            answer = blocked;
        }
        if (answer != null && accepted.rows() == 0) {
            throw answer;
        }
        accepted.answer(answer);
        return accepted;
    }
}
