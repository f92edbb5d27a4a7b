package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

/**
 * A tenant's wish that rows be gone: those of the streams, in the time, that pass the stages of a log query.
 *
 * @param id unique for the tenant
 * @param query LogQL, a log query
 * @param from first timestamp, nanoseconds
 * @param to last timestamp, nanoseconds, included
 * @param sequence version of the commit that took it in, which orders requests; 0 before that
 * @param createdAt time of that commit, milliseconds since the epoch; 0 before that
 * @param statusAt when it came to its status, milliseconds since the epoch
 */
public record DeleteRequest(
        String tenant, String id, String query, long from, long to, long sequence, long createdAt, Status status, long statusAt) {
    /** How far it is. */
    public enum Status {
        /** Its rows are hidden. */
        RECEIVED,
        /** Its rows are hidden, and being removed; there is no way back for those that are gone. */
        STARTED,
        /** None of the rows that it found is left; it hides nothing any more. */
        PROCESSED
    }

    public DeleteRequest {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(id, "id is null");
        requireNonNull(query, "query is null");
        requireNonNull(status, "status is null");
        if (from > to) {
            throw new IllegalArgumentException("from " + from + " is after to " + to);
        }
    }

    /** A request that no commit has taken in yet. */
    public static DeleteRequest of(String tenant, String id, String query, long from, long to) {
        return new DeleteRequest(tenant, id, query, from, to, 0, 0, Status.RECEIVED, 0);
    }

    DeleteRequest received(long newSequence, long time) {
        return new DeleteRequest(tenant, id, query, from, to, newSequence, time, Status.RECEIVED, time);
    }

    DeleteRequest with(Status newStatus, long time) {
        return new DeleteRequest(tenant, id, query, from, to, sequence, createdAt, newStatus, time);
    }

    /** Whether its rows have to be left out of what is read. */
    public boolean isActive() {
        return status != Status.PROCESSED;
    }

    /** Whether it may concern rows with timestamps from {@code minTime} to {@code maxTime}, both included. */
    public boolean touches(long minTime, long maxTime) {
        return from <= maxTime && to >= minTime;
    }
}
