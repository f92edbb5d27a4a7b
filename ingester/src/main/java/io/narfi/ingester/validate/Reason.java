package io.narfi.ingester.validate;

/** Why rows were discarded, as metrics name it (contract/push-validation.md §3). */
public enum Reason {
    REQUEST_BODY_TOO_LARGE("request_body_too_large"),
    INVALID_LABELS("invalid_labels"),
    MISSING_LABELS("missing_labels"),
    MAX_LABEL_NAMES_PER_SERIES("max_label_names_per_series"),
    LABEL_NAME_TOO_LONG("label_name_too_long"),
    LABEL_VALUE_TOO_LONG("label_value_too_long"),
    DUPLICATE_LABEL_NAMES("duplicate_label_names"),
    MISSING_ENFORCED_LABELS("missing_enforced_labels"),
    BLOCKED_INGESTION("blocked_ingestion"),
    BLOCKED_INGESTION_POLICY("blocked_ingestion_policy"),
    GREATER_THAN_MAX_SAMPLE_AGE("greater_than_max_sample_age"),
    TOO_FAR_IN_FUTURE("too_far_in_future"),
    LINE_TOO_LONG("line_too_long"),
    DISALLOWED_STRUCTURED_METADATA("disallowed_structured_metadata"),
    STRUCTURED_METADATA_TOO_LARGE("structured_metadata_too_large"),
    STRUCTURED_METADATA_TOO_MANY("structured_metadata_too_many"),
    RATE_LIMITED("rate_limited"),
    STREAM_LIMIT("stream_limit"),
    PER_STREAM_RATE_LIMIT("per_stream_rate_limit"),
    /** A time that no storage period covers; Loki has no reason for it. */
    TIME_NOT_COVERED("time_not_covered");

    private final String text;

    Reason(String text) {
        this.text = text;
    }

    /** The label's value. */
    public String text() {
        return text;
    }

    /** Whether it is one of the limits on labels, which Loki counts a second time as {@code invalid_labels}. */
    boolean isLabelLimit() {
        return switch (this) {
            case MAX_LABEL_NAMES_PER_SERIES, LABEL_NAME_TOO_LONG, LABEL_VALUE_TOO_LONG, DUPLICATE_LABEL_NAMES, MISSING_LABELS -> true;
            case REQUEST_BODY_TOO_LARGE, INVALID_LABELS, MISSING_ENFORCED_LABELS, BLOCKED_INGESTION, BLOCKED_INGESTION_POLICY,
                    GREATER_THAN_MAX_SAMPLE_AGE, TOO_FAR_IN_FUTURE, LINE_TOO_LONG, DISALLOWED_STRUCTURED_METADATA,
                    STRUCTURED_METADATA_TOO_LARGE, STRUCTURED_METADATA_TOO_MANY, RATE_LIMITED, STREAM_LIMIT, PER_STREAM_RATE_LIMIT,
                    TIME_NOT_COVERED -> false;
        };
    }
}
