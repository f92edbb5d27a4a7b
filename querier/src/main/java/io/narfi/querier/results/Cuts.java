package io.narfi.querier.results;

import io.narfi.common.Durations;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.StepGrid;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of a range aggregation is cut into pieces whose results can be kept: at ends of windows, a power of two of steps apart, on a
 * scale that hangs on the step and on the grid's remainder by it, not on the grid's start. A grid that moved by some steps has the same cuts.
 *
 * <p>An instant query has one window, whose ends are no cuts of another's. But a piece inside the window is all in it, so any cuts will do:
 * whole minutes times a power of two.
 */
public final class Cuts {
    /** A grid is cut into at most so many pieces, and mostly into more than half as many. */
    private static final int MAX_PIECES = 32;
    /** Grids of more evaluations cost more than they save. */
    private static final int MAX_STEPS = 50_000;
    /** Further from the epoch, in the year 2116, or with ranges beyond {@link #LONG}, sums could overflow. */
    private static final long FAR = 1L << 62;

    private static final long LONG = 1L << 60;

    private final long unit;
    private final long step;
    private final long phase;
    private final long range;
    private final long offset;

    /**
     * A stretch of time.
     *
     * @param from its first moment
     * @param to its end, exclusive
     * @param whole whether it lies between cuts, or a cut and the end of a UTC day, where tasks end, too; so that others ask for just it
     */
    public record Piece(long from, long to, boolean whole) {}

    private Cuts(long unit, long step, long phase, long range, long offset) {
        this.unit = unit;
        this.step = step;
        this.phase = phase;
        this.range = range;
        this.offset = offset;
    }

    /** The cuts of a leaf on a grid; null if it is not worth while. */
    public static @Nullable Cuts of(Leaf leaf, StepGrid grid) {
        long range = leaf.range().range().rangeNanos();
        long offset = leaf.range().range().offsetNanos();
        if (range <= 0 || range > LONG || Math.abs(offset) > LONG || Math.abs(grid.start()) > FAR || Math.abs(grid.end()) > FAR) {
            return null;
        }
        long length = grid.end() - grid.start() + range;
        long unit = grid.isInstant() ? Durations.MINUTE : grid.step();
        if (length / unit < 2) {
            return null;
        }
        while (length / unit > MAX_PIECES) {
            unit *= 2;
        }
        long step = grid.isInstant() ? unit : grid.step();
        if ((length + 2 * unit + range) / step > MAX_STEPS) {
            return null;
        }
        long phase = grid.isInstant() ? 0 : Math.floorMod(grid.start() - offset, step);
        return new Cuts(unit, step, phase, range, offset);
    }

    /** The start of the piece that a moment is in. */
    public long floor(long time) {
        return time - Math.floorMod(time - 1 - phase, unit);
    }

    /** The least start of a piece that is not before a moment. */
    public long ceil(long time) {
        long floor = floor(time);
        return floor == time ? time : floor + unit;
    }

    /** The pieces of a stretch of time, ascending. */
    List<Piece> pieces(long from, long to) {
        List<Piece> pieces = new ArrayList<>();
        for (long at = from; at < to; ) {
            long end = Math.min(floor(at) + unit, to);
            pieces.add(new Piece(at, end, isEdge(at) && isEdge(end)));
            at = end;
        }
        return pieces;
    }

    private boolean isEdge(long time) {
        return floor(time) == time || Math.floorMod(time, Durations.DAY) == 0;
    }

    /** Every evaluation on the scale of steps whose window has a moment of {@code [from, to)}. */
    StepGrid grid(long from, long to) {
        long first = phase + Math.ceilDiv(from - phase, step) * step;
        long last = phase + Math.floorDiv(to - 2 + range - phase, step) * step;
        return new StepGrid(first + offset, Math.max(first, last) + offset, step);
    }
}
