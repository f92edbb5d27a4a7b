package io.narfi.querier.task;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.querier.log.LogRow;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The label by which a query over several tenants tells them apart ({@code contract/http-api.md} section 1.3): selectors choose tenants
 * with it, and every result carries it.
 */
public final class TenantLabels {
    public static final String NAME = "__tenant_id__";
    /** Where a label of that name that the rows have themselves goes. */
    public static final String ORIGINAL = "original___tenant_id__";

    private TenantLabels() {}

    /** Those of the tenants that the selector's matchers on the label accept. */
    public static List<String> chosen(List<LabelMatcher> selector, List<String> tenants) {
        return tenants.stream()
                .filter(t -> selector.stream().allMatch(m -> !m.name().equals(NAME) || m.matches(t)))
                .toList();
    }

    /** A selector without its matchers on the label. */
    public static List<LabelMatcher> without(List<LabelMatcher> selector) {
        return selector.stream().filter(m -> !m.name().equals(NAME)).toList();
    }

    public static Labels add(Labels labels, String tenant) {
        Map<String, String> all = new TreeMap<>(labels.toMap());
        String own = all.put(NAME, tenant);
        if (own != null) {
            all.put(ORIGINAL, own);
        }
        return Labels.of(all);
    }

    /** The rows with the label among those of their streams. */
    public static List<LogRow> add(List<LogRow> rows, String tenant) {
        IdentityHashMap<ResultLabels, ResultLabels> known = new IdentityHashMap<>();
        List<LogRow> labelled = new ArrayList<>(rows.size());
        for (LogRow row : rows) {
            ResultLabels labels = known.computeIfAbsent(
                    row.labels(),
                    l -> new ResultLabels(add(l.all(), tenant), add(l.stream(), tenant), renamed(l.metadata()), renamed(l.parsed())));
            labelled.add(new LogRow(row.time(), row.streamHash(), labels, row.line()));
        }
        return labelled;
    }

    private static Labels renamed(Labels labels) {
        String own = labels.get(NAME);
        if (own == null) {
            return labels;
        }
        Map<String, String> all = new TreeMap<>(labels.toMap());
        all.remove(NAME);
        all.put(ORIGINAL, own);
        return Labels.of(all);
    }
}
