package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

/** What a commit does with a request that an earlier one took in; {@code sequence} is the request's. */
public record DeleteStep(Kind kind, String tenant, String id, long sequence) {
    /** The steps of a request's life. */
    public enum Kind {
        /** From now on its rows are removed. Requests of a tenant start in the order of their sequences. */
        START,
        /** Its rows are gone: no block holds any, and no segment that was written before it. */
        FINISH,
        /** It never was; rows that are still there show again. */
        CANCEL,
        /** A processed one is listed no more. */
        FORGET
    }

    public DeleteStep {
        requireNonNull(kind, "kind is null");
        requireNonNull(tenant, "tenant is null");
        requireNonNull(id, "id is null");
    }

    public static DeleteStep of(Kind kind, DeleteRequest request) {
        return new DeleteStep(kind, request.tenant(), request.id(), request.sequence());
    }
}
