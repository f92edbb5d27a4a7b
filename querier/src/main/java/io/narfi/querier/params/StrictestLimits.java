package io.narfi.querier.params;

import io.narfi.common.Limits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * The limits of a query over several tenants ({@code contract/http-api.md} section 1.3): of each limit the smallest positive one, and
 * whatever any of the tenants must not or has to.
 */
public final class StrictestLimits {
    private final List<Limits> all;
    private final Map<String, Object> values = new HashMap<>();

    private StrictestLimits(List<Limits> all) {
        this.all = List.copyOf(all);
    }

    /** @param all one or more */
    public static Limits of(List<Limits> all) {
        return all.size() == 1 ? all.getFirst() : new StrictestLimits(all).combine();
    }

    private Limits combine() {
        smallestInt("maxQuerySeries", Limits::maxQuerySeries);
        smallestInt("maxStreamsMatchersPerQuery", Limits::maxStreamsMatchersPerQuery);
        smallestInt("maxEntriesLimitPerQuery", Limits::maxEntriesLimitPerQuery);
        smallestInt("volumeMaxSeries", Limits::volumeMaxSeries);
        smallest("maxQueryLookback", Limits::maxQueryLookback);
        smallest("maxQueryLength", Limits::maxQueryLength);
        smallest("maxQueryRange", Limits::maxQueryRange);
        smallest("queryTimeout", Limits::queryTimeout);
        smallest("splitQueriesByInterval", Limits::splitQueriesByInterval);
        smallest("maxQueryBytesRead", Limits::maxQueryBytesRead);
        smallest("maxQuerierBytesRead", Limits::maxQuerierBytesRead);
        values.put("tsdbMaxQueryParallelism", all.stream().mapToInt(Limits::tsdbMaxQueryParallelism).min().orElseThrow());
        values.put("minimumLabelsNumber", all.stream().mapToInt(Limits::minimumLabelsNumber).max().orElseThrow());
        values.put("volumeEnabled", all.stream().allMatch(Limits::volumeEnabled));
        values.put("enableMultiVariantQueries", all.stream().allMatch(Limits::enableMultiVariantQueries));
        values.put("blockedQueries", all.stream().flatMap(l -> l.blockedQueries().stream()).distinct().toList());
        TreeSet<String> required = new TreeSet<>();
        all.forEach(l -> required.addAll(l.requiredLabels()));
        values.put("requiredLabels", List.copyOf(required));
        return all.getFirst().with(values);
    }

    private void smallest(String name, ToLongFunction<Limits> limit) {
        values.put(name, all.stream().mapToLong(limit).reduce(0, RequestLimits::smallestPositive));
    }

    private void smallestInt(String name, ToIntFunction<Limits> limit) {
        values.put(name, (int) all.stream().mapToLong(limit::applyAsInt).reduce(0, RequestLimits::smallestPositive));
    }
}
