package io.narfi.logql.engine;

import java.nio.ByteBuffer;

/**
 * Number, sum and sum of squares, from which the population variance follows. The sums have twice a double's precision, which pays for the
 * cancellation in {@code Σx² - (Σx)²/n}; what remains below 2^-90 of the squares is rounding and counts as zero. Values beyond 1e150 overflow
 * to NaN.
 */
final class MomentCells extends Cells {
    private static final double ROUNDING = 0x1p-90;

    private final long[] counts;
    private final double[] high;
    private final double[] low;
    private final double[] squareHigh;
    private final double[] squareLow;
    private final boolean deviation;

    /** @param deviation whether the square root of the variance is wanted */
    MomentCells(int size, boolean deviation) {
        this.counts = new long[size];
        this.high = new double[size];
        this.low = new double[size];
        this.squareHigh = new double[size];
        this.squareLow = new double[size];
        this.deviation = deviation;
    }

    @Override
    boolean isPresent(int cell) {
        return counts[cell] != 0;
    }

    @Override
    void add(int cell, long time, double value) {
        counts[cell]++;
        double square = value * value;
        addPair(cell, value, 0, square, DoubleSum.productError(value, value, square));
    }

    private void addPair(int cell, double value, double valueLow, double square, double squareRest) {
        double sum = high[cell] + value;
        low[cell] += DoubleSum.error(high[cell], value, sum) + valueLow;
        high[cell] = sum;
        double squares = squareHigh[cell] + square;
        squareLow[cell] += DoubleSum.error(squareHigh[cell], square, squares) + squareRest;
        squareHigh[cell] = squares;
    }

    @Override
    void merge(int cell, Cells other, int otherCell) {
        MomentCells o = (MomentCells) other;
        counts[cell] += o.counts[otherCell];
        addPair(cell, o.high[otherCell], o.low[otherCell], o.squareHigh[otherCell], o.squareLow[otherCell]);
    }

    @Override
    void clear(int cell) {
        counts[cell] = 0;
        high[cell] = 0;
        low[cell] = 0;
        squareHigh[cell] = 0;
        squareLow[cell] = 0;
    }

    @Override
    double value(int cell) {
        double n = counts[cell];
        double sum = high[cell] + low[cell];
        double sumRest = DoubleSum.error(high[cell], low[cell], sum);
        // (sum + sumRest)² / n as a pair
        double square = sum * sum;
        double squareRest = DoubleSum.productError(sum, sum, square) + 2 * sum * sumRest;
        double quotient = square / n;
        double quotientRest = (Math.fma(-quotient, n, square) + squareRest) / n;
        double squares = squareHigh[cell] + squareLow[cell];
        double squaresRest = DoubleSum.error(squareHigh[cell], squareLow[cell], squares);
        double difference = (squares - quotient) + (squaresRest - quotientRest);
        double variance = difference <= squares * ROUNDING ? 0 : difference / n;
        if (Double.isNaN(difference)) {
            variance = Double.NaN;
        }
        return deviation ? Math.sqrt(variance) : variance;
    }

    @Override
    Cells fresh(int size) {
        return new MomentCells(size, deviation);
    }

    @Override
    int size() {
        return counts.length;
    }

    @Override
    int bytesPerCell() {
        return 40;
    }

    @Override
    void write(int cell, ByteBuffer out) {
        Varints.write(out, counts[cell]);
        out.putDouble(high[cell]).putDouble(low[cell]).putDouble(squareHigh[cell]).putDouble(squareLow[cell]);
    }

    @Override
    void read(int cell, ByteBuffer in) {
        counts[cell] = Varints.read(in);
        high[cell] = in.getDouble();
        low[cell] = in.getDouble();
        squareHigh[cell] = in.getDouble();
        squareLow[cell] = in.getDouble();
    }
}
