package io.narfi.querier.coordinate;

import io.narfi.logql.engine.StepGrid;

/** The moments at which a range query is evaluated ({@code contract/http-api.md} section 5.1). */
public final class Grids {
    private Grids() {}

    /**
     * The grid of multiples of the step since the epoch, from the one at or before the start to the one at or after the end.
     *
     * @param step nanoseconds, 1 or more
     * @param endDown whether the end is rounded down too
     */
    public static StepGrid aligned(long start, long end, long step, boolean endDown) {
        long first = Math.floorDiv(start, step) * step;
        long last = endDown ? Math.floorDiv(end, step) * step : Math.ceilDiv(end, step) * step;
        return new StepGrid(first, Math.max(first, last), step);
    }
}
