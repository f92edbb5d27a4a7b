package io.narfi.logql.engine;

/**
 * Sums in about twice the precision of a double: a sum is the unevaluated pair of a high and a low part. Adding in any order gives the same
 * rounded result (but for inputs made to break it), so that parts of a query merge to the answer of the whole. The error-free additions are
 * Knuth's TwoSum; "Ogita, Rump, Oishi: Accurate sum and dot product" has the bounds.
 *
 * <p>Once the high part is infinite or not a number, the low part is zero and the sum behaves as one of plain doubles.
 */
final class DoubleSum {
    private DoubleSum() {}

    /** What {@code sum = a + b} lost; 0 if the sum is not finite. */
    static double error(double a, double b, double sum) {
        double t = sum - a;
        double e = (a - (sum - t)) + (b - t);
        return Double.isFinite(e) ? e : 0;
    }

    /** The sum of a pair as one double. */
    static double value(double high, double low) {
        return high + low;
    }

    /** What the product {@code p = a * b} lost; 0 if it is not finite. */
    static double productError(double a, double b, double p) {
        double e = Math.fma(a, b, -p);
        return Double.isFinite(e) ? e : 0;
    }
}
