package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A time limit that moves often and is rarely reached: moving it later costs no new timer, a timer that fires too early re-arms itself.
 * Used on the event loop only.
 */
final class Deadline {
    private static final long NONE = Long.MAX_VALUE;

    private final EventLoop loop;
    private final Runnable reached;
    private long at = NONE;
    private long timerAt = NONE;
    private @Nullable ScheduledFuture<?> timer;

    Deadline(EventLoop loop, Runnable reached) {
        this.loop = requireNonNull(loop, "loop is null");
        this.reached = requireNonNull(reached, "reached is null");
    }

    /** Counts from now. */
    void in(long nanos) {
        at = System.nanoTime() + nanos;
        if (timer != null && timerAt - at > 0) {
            timer.cancel(false);
            timer = null;
        }
        if (timer == null) {
            arm();
        }
    }

    /** No limit until the next call of {@link #in}. */
    void clear() {
        at = NONE;
    }

    /** Gives the timer up. */
    void cancel() {
        at = NONE;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void arm() {
        timerAt = at;
        timer = loop.schedule(this::fired, Math.max(0, at - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void fired() {
        timer = null;
        if (at == NONE) {
            return;
        }
        if (at - System.nanoTime() > 0) {
            arm();
        } else {
            at = NONE;
            reached.run();
        }
    }
}
