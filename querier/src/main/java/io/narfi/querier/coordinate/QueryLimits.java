package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import com.google.re2j.PatternSyntaxException;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.LabelMatcher;
import io.narfi.common.Limits;
import io.narfi.common.RegularExpressions;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogRange;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.VariantsExpr;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.RequestLimits;
import io.narfi.querier.params.TimeRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks a request against the limits of its tenant ({@code contract/http-api.md} section 7.3). */
public final class QueryLimits {
    private static final Logger LOG = LoggerFactory.getLogger(QueryLimits.class);
    private static final int FNV_OFFSET = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    private final Limits limits;

    public QueryLimits(Limits limits) {
        this.limits = requireNonNull(limits, "limits is null");
    }

    /** The range with its start moved to where {@code max_query_lookback} ends; null if nothing is left of it. */
    public @Nullable TimeRange lookBack(TimeRange range, long now) {
        long lookback = limits.maxQueryLookback();
        if (lookback <= 0 || range.start() >= now - lookback) {
            return range;
        }
        return range.end() < now - lookback ? null : new TimeRange(now - lookback, range.end());
    }

    /** The first moment whose rows count, by {@code max_query_lookback}. */
    public long earliest(long now) {
        long lookback = limits.maxQueryLookback();
        return lookback <= 0 || now < Long.MIN_VALUE + lookback ? Long.MIN_VALUE : now - lookback;
    }

    /**
     * Checks that what a part of a query wants lies not wholly before the first moment whose rows count.
     *
     * @param last the last moment that it wants
     */
    public void checkReach(long last, long earliest) {
        if (last < earliest) {
            throw pastTheLookback();
        }
    }

    private ApiException pastTheLookback() {
        return ApiException.badRequest("this data is no longer available, it is past now - max_query_lookback ("
                + Durations.formatPrometheus(limits.maxQueryLookback()) + ")");
    }

    /** Checks the length of the whole that a request is a part of, where it says so. */
    public void checkContext(RequestLimits.@Nullable Context whole) {
        if (whole != null) {
            checkLength(new TimeRange(whole.start(), whole.end()));
        }
    }

    /**
     * The range of a metadata request, cut by the look-back.
     *
     * @throws ApiException 400 if nothing is left of it, or it is too long
     */
    public TimeRange metadataRange(TimeRange range, long now) {
        TimeRange cut = lookBack(range, now);
        if (cut == null || cut.end() < cut.start()) {
            throw pastTheLookback();
        }
        checkLength(cut);
        return cut;
    }

    public void checkLength(TimeRange range) {
        long max = limits.maxQueryLength();
        if (max > 0 && range.length() > max) {
            throw ApiException.badRequest("the query time range exceeds the limit (query length: "
                    + Durations.formatGo(range.length()) + ", limit: " + Durations.formatPrometheus(max) + ")");
        }
    }

    /**
     * Checks all that concerns the query itself.
     *
     * @param tags the pairs of {@code X-Query-Tags}
     */
    public void check(Expr expr, QueryParams params, Map<String, String> tags) {
        if (expr instanceof VariantsExpr && !limits.enableMultiVariantQueries()) {
            throw ApiException.badRequest("multi variant queries are disabled for this instance");
        }
        checkBlocked(expr, params, tags);
        if (expr instanceof LogExpr && limits.maxEntriesLimitPerQuery() > 0 && params.limit() > limits.maxEntriesLimitPerQuery()) {
            throw ApiException.badRequest("max entries limit per query exceeded, limit > max_entries_limit_per_query ("
                    + params.limit() + " > " + limits.maxEntriesLimitPerQuery() + ")");
        }
        List<LogRange> ranges = new ArrayList<>();
        List<LogExpr> selections = new ArrayList<>();
        collect(expr, ranges, selections);
        for (LogRange range : ranges) {
            if (limits.maxQueryRange() > 0 && range.rangeNanos() > limits.maxQueryRange()) {
                throw ApiException.badRequest("[interval] value exceeds limit: [" + Durations.formatPrometheus(range.rangeNanos())
                        + "] > [" + Durations.formatPrometheus(limits.maxQueryRange()) + "]");
            }
        }
        for (LogExpr selection : selections) {
            checkSelector(selection.selector());
        }
    }

    private void checkSelector(List<LabelMatcher> matchers) {
        int max = limits.maxStreamsMatchersPerQuery();
        if (max > 0 && matchers.size() > max) {
            throw ApiException.badRequest(
                    "max streams matchers per query exceeded, matchers-count > limit (" + matchers.size() + " > " + max + ")");
        }
        TreeSet<String> present = new TreeSet<>();
        for (LabelMatcher m : matchers) {
            present.add(m.name());
        }
        List<String> missing = limits.requiredLabels().stream().filter(l -> !present.contains(l)).toList();
        if (!missing.isEmpty()) {
            throw ApiException.badRequest("stream selector is missing required matchers [" + String.join(", ", missing)
                    + "], labels present in the query were [" + String.join(", ", present) + "]");
        }
        if (matchers.size() < limits.minimumLabelsNumber()) {
            throw ApiException.badRequest("stream selector has less label matchers than required: (present: ["
                    + String.join(", ", present) + "], number_present: " + matchers.size()
                    + ", required_number_label_matchers: " + limits.minimumLabelsNumber() + ")");
        }
    }

    private void checkBlocked(Expr expr, QueryParams params, Map<String, String> tags) {
        String type =
                switch (expr) {
                    case MetricExpr metric -> "metric";
                    case VariantsExpr variants -> "metric";
                    case LogExpr log -> log.stages().isEmpty() ? "limited" : "filter";
                };
        for (Limits.BlockedQuery blocked : limits.blockedQueries()) {
            boolean ofType = blocked.types().isEmpty() || blocked.types().contains(type);
            if (ofType && tagsMatch(blocked, tags) && textMatches(blocked, params.query())) {
                throw ApiException.badRequest("query blocked by policy");
            }
        }
    }

    private static boolean tagsMatch(Limits.BlockedQuery blocked, Map<String, String> tags) {
        return blocked.queryTags().entrySet().stream().allMatch(e -> {
            String value = tags.get(e.getKey().toLowerCase(Locale.ROOT));
            return value != null && value.equalsIgnoreCase(e.getValue());
        });
    }

    private static boolean textMatches(Limits.BlockedQuery blocked, String query) {
        if (blocked.hash() != 0) {
            return blocked.hash() == Integer.toUnsignedLong(fnv(query));
        }
        if (blocked.pattern().isEmpty() || blocked.pattern().strip().equals(query.strip())) {
            return true;
        }
        if (!blocked.regex()) {
            return false;
        }
        try {
            return RegularExpressions.compile(blocked.pattern()).matcher(query).find();
        } catch (PatternSyntaxException e) {
            // As in Loki: a rule that cannot be read blocks nothing, but whoever wrote it should learn of it.
            LOG.warn("blocked_queries holds a bad regular expression pattern={} error={}", blocked.pattern(), e.getMessage());
            return false;
        }
    }

    /** FNV-1a with 32 bits, by which Loki's logs name queries. */
    public static int fnv(String text) {
        int h = FNV_OFFSET;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            h = (h ^ (b & 0xff)) * FNV_PRIME;
        }
        return h;
    }

    private static void collect(Expr expr, List<LogRange> ranges, List<LogExpr> selections) {
        switch (expr) {
            case LogExpr log -> selections.add(log);
            case VariantsExpr variants -> {
                ranges.add(variants.of());
                selections.add(variants.of().log());
                for (MetricExpr variant : variants.variants()) {
                    collect(variant, ranges, selections);
                }
            }
            case MetricExpr.RangeAggregation range -> {
                ranges.add(range.range());
                selections.add(range.range().log());
            }
            case MetricExpr.VectorAggregation vector -> collect(vector.inner(), ranges, selections);
            case MetricExpr.Binary binary -> {
                collect(binary.left(), ranges, selections);
                collect(binary.right(), ranges, selections);
            }
            case MetricExpr.LabelReplace replace -> collect(replace.inner(), ranges, selections);
            case MetricExpr.Literal literal -> {}
            case MetricExpr.Vector vector -> {}
        }
    }
}
