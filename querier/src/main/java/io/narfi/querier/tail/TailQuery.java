package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

/** What makes tails see the same rows in the same form, so that the work can be done once for all of them. */
record TailQuery(String tenant, String query, TailForm form) {
    TailQuery {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(query, "query is null");
        requireNonNull(form, "form is null");
    }
}
