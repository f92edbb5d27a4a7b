package io.narfi.querier.log;

import io.narfi.storage.ScanRequest.Direction;
import java.util.Comparator;

/**
 * The order of entries in a query's direction. Entries of one time stand by the hash of their stream, so that the entries that a limit
 * cuts off are the same however the work was divided; those of one stream keep their order.
 */
public enum RowOrder implements Comparator<LogRow> {
    FORWARD(Direction.FORWARD),
    BACKWARD(Direction.BACKWARD);

    private final Direction direction;

    RowOrder(Direction direction) {
        this.direction = direction;
    }

    public static RowOrder of(Direction direction) {
        return switch (direction) {
            case FORWARD -> FORWARD;
            case BACKWARD -> BACKWARD;
        };
    }

    public Direction direction() {
        return direction;
    }

    /** Negative if {@code a} comes before {@code b} in the direction. */
    public int compareTimes(long a, long b) {
        return this == FORWARD ? Long.compare(a, b) : Long.compare(b, a);
    }

    @Override
    public int compare(LogRow a, LogRow b) {
        int c = compareTimes(a.time(), b.time());
        return c != 0 ? c : Long.compareUnsigned(a.streamHash(), b.streamHash());
    }
}
