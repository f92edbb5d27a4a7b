package io.narfi.ingester.validate;

/**
 * A rate limit with a burst: tokens drip in at the rate up to the burst; what takes more than there are takes none. Rate and burst are
 * given with each call, because limits change while the process runs. A request larger than the burst never passes, as in Loki.
 */
final class TokenBucket {
    private static final double NANOS_PER_SECOND = 1e9;

    private double tokens = Double.NaN;
    private long lastNanos;

    /**
     * Takes tokens if there are enough.
     *
     * @param nowNanos of a clock that never goes back
     * @param perSecond tokens a second
     */
    synchronized boolean take(long nowNanos, double perSecond, double burst, double amount) {
        if (Double.isNaN(tokens)) {
            tokens = burst;
        } else {
            double elapsed = Math.max(0, nowNanos - lastNanos) / NANOS_PER_SECOND;
            tokens = Math.min(burst, tokens + elapsed * perSecond);
        }
        lastNanos = nowNanos;
        if (amount > tokens) {
            return false;
        }
        tokens -= amount;
        return true;
    }
}
