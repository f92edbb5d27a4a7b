package io.narfi.ingester.validate;

import io.narfi.common.Labels;
import org.jspecify.annotations.Nullable;

/**
 * What a label text means for a tenant under certain limits; remembered, because the same few texts come with every push.
 *
 * @param labels the stream's labels with {@code service_name}; {@link Labels#EMPTY} if they are refused
 * @param text the rendered labels, as messages show them
 * @param refused why the limits refuse the labels, null if they do not
 * @param refusal the text of that
 * @param internal whether the stream is one of Loki's own ({@code __aggregated_metric__}, {@code __pattern__})
 * @param level the level that the labels name, canonical, null if they name none
 * @param policy the policy by {@code policy_stream_mapping}, empty for none
 * @param retentionHours as metrics show it
 * @param rules what all this was derived with
 */
record StreamInfo(
        Labels labels,
        String text,
        @Nullable Reason refused,
        String refusal,
        boolean internal,
        @Nullable String level,
        String policy,
        String retentionHours,
        TenantRules rules) {
    /** Rough size in memory, for the cache. */
    int weight() {
        int chars = 2 * text.length() + refusal.length();
        return 400 + 80 * labels.size() + 2 * chars;
    }
}
