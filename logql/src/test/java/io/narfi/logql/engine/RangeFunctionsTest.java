package io.narfi.logql.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogRange;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.Unwrap;
import io.narfi.logql.engine.NaiveRange.Sample;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The accumulators against the naive functions, whole and in random parts. */
class RangeFunctionsTest {
    private static final long BASE = 1_700_000_000_000_000_000L;

    @ParameterizedTest
    @EnumSource(RangeOp.class)
    void equalsTheNaiveFunctionWholeAndInParts(RangeOp op) {
        for (long seed = 0; seed < 300; seed++) {
            new Case(op, seed).check();
        }
    }

    private static final class Case {
        private final Random random;
        private final String name;
        private final Leaf leaf;
        private final StepGrid grid;
        private final List<Sample> samples;

        Case(RangeOp op, long seed) {
            random = new Random(seed);
            long unit = 1 + random.nextInt(5);
            long step = random.nextInt(5) == 0 ? 0 : unit * (1 + random.nextInt(20));
            long range = unit * random.nextInt(60);
            long offset = random.nextInt(3) == 0 ? random.nextInt(100) - 50 : 0;
            long start = BASE + random.nextInt(100);
            grid = step == 0 ? StepGrid.instant(start) : new StepGrid(start, start + random.nextInt(300), step);
            boolean unwrapped = op == RangeOp.RATE
                    ? random.nextBoolean()
                    : !List.of(RangeOp.COUNT_OVER_TIME, RangeOp.BYTES_OVER_TIME, RangeOp.BYTES_RATE, RangeOp.ABSENT_OVER_TIME).contains(op);
            Unwrap unwrap = unwrapped ? new Unwrap("v", Unwrap.Conversion.NONE, List.of()) : null;
            LogExpr log = new LogExpr(List.of(new LabelMatcher("a", LabelMatcher.Op.EQUAL, "b")), List.of());
            Double parameter = op == RangeOp.QUANTILE_OVER_TIME ? random.nextInt(12) / 10.0 : null;
            leaf = new Leaf(0, new RangeAggregation(op, parameter, new LogRange(log, unwrap, range, offset), null), null);
            name = op + " seed " + seed + " range " + range + " offset " + offset + " " + grid;
            samples = samples(unwrapped);
        }

        private List<Sample> samples(boolean anyValue) {
            List<Sample> list = new ArrayList<>();
            int n = random.nextInt(200);
            boolean special = random.nextInt(10) == 0;
            for (int i = 0; i < n; i++) {
                Labels series = Labels.of("s", Integer.toString(random.nextInt(4)));
                double value = anyValue ? random.nextGaussian() * Math.pow(10, random.nextInt(6)) : random.nextInt(500);
                if (anyValue && special && random.nextInt(8) == 0) {
                    value = random.nextBoolean() ? Double.NaN : Double.POSITIVE_INFINITY;
                }
                list.add(new Sample(series, BASE - 150 + random.nextInt(600), value));
            }
            list.sort(Comparator.comparingLong(Sample::time));
            return list;
        }

        void check() {
            Map<Labels, Double[]> expected = NaiveRange.evaluate(leaf.range(), grid, samples);
            LeafPartial whole = accumulate(samples);
            StepMatrix matrix = whole.matrix(grid, MemoryBudget.UNLIMITED);
            assertThat(toMap(matrix).keySet()).as(name).isEqualTo(expected.keySet());
            toMap(matrix).forEach((labels, row) -> compare(labels, row, requireNonNull(expected.get(labels))));
            assertSame(matrix, accumulateInBulk().matrix(grid, MemoryBudget.UNLIMITED));
            assertSame(matrix, inParts().matrix(grid, MemoryBudget.UNLIMITED));
        }

        private void compare(Labels labels, StepRow row, Double[] values) {
            for (int k = 0; k < grid.count(); k++) {
                assertThat(row.has(k)).as("%s %s step %d", name, labels, k).isEqualTo(values[k] != null);
                if (row.has(k)) {
                    double want = values[k];
                    double got = row.value(k);
                    if (Double.isNaN(want) || Double.isInfinite(want)) {
                        assertThat(got).as("%s %s step %d", name, labels, k).isEqualTo(Double.valueOf(want));
                    } else {
                        assertThat(got).as("%s %s step %d", name, labels, k).isCloseTo(want, within(1e-9 * Math.max(1, Math.abs(want))));
                    }
                }
            }
        }

        private LeafPartial accumulate(List<Sample> part) {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            for (Sample s : part) {
                assertThat(accumulator.sample(0, s.time(), s.value(), s.series())).isTrue();
            }
            return accumulator.finish();
        }

        private LeafPartial accumulateInBulk() {
            LeafAccumulator accumulator = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            Map<Labels, List<Sample>> bySeries = new HashMap<>();
            samples.forEach(s -> bySeries.computeIfAbsent(s.series(), l -> new ArrayList<>()).add(s));
            bySeries.forEach((labels, list) -> {
                long[] times = list.stream().mapToLong(Sample::time).toArray();
                double[] values = list.stream().mapToDouble(Sample::value).toArray();
                int cut = random.nextInt(times.length + 1);
                accumulator.addAll(labels, times, values, 0, cut);
                accumulator.addAll(labels, times, values, cut, times.length);
            });
            return accumulator.finish();
        }

        /** Cut in time and dealt out by sample, so that a series is in many parts; some parts travel as bytes. Equal times stay together. */
        private LeafPartial inParts() {
            List<List<Sample>> parts = new ArrayList<>();
            int from = 0;
            while (from < samples.size()) {
                int to = Math.min(samples.size(), from + 1 + random.nextInt(80));
                while (to < samples.size() && samples.get(to).time() == samples.get(to - 1).time()) {
                    to++;
                }
                parts.add(samples.subList(from, to));
                from = to;
            }
            LeafAccumulator merged = new LeafAccumulator(leaf, grid, MemoryBudget.UNLIMITED);
            for (List<Sample> part : parts) {
                LeafPartial partial = accumulate(part);
                if (random.nextBoolean()) {
                    partial = LeafPartial.decode(partial.encode(), leaf, grid, MemoryBudget.UNLIMITED);
                }
                merged.merge(partial);
            }
            return merged.finish();
        }

        private void assertSame(StepMatrix a, StepMatrix b) {
            assertThat(b.rows()).as(name).hasSameSizeAs(a.rows());
            for (int i = 0; i < a.rows().size(); i++) {
                StepRow x = a.rows().get(i);
                StepRow y = b.rows().get(i);
                assertThat(y.labels()).as(name).isEqualTo(x.labels());
                for (int k = 0; k < grid.count(); k++) {
                    assertThat(y.has(k)).as(name).isEqualTo(x.has(k));
                    assertThat(y.value(k)).as("%s %s step %d", name, x.labels(), k).isEqualTo(Double.valueOf(x.value(k)));
                }
            }
        }

        private static Map<Labels, StepRow> toMap(StepMatrix matrix) {
            Map<Labels, StepRow> map = new TreeMap<>();
            matrix.rows().forEach(r -> map.put(r.labels(), r));
            return map;
        }
    }

    @Test
    void theOrderOfPartsDoesNotShowInSums() {
        Random random = new Random(7);
        double[] values = random.doubles(10_000).map(d -> (d - 0.5) * Math.exp(random.nextInt(40))).toArray();
        SumCells forward = new SumCells(1, false, 1);
        SumCells backward = new SumCells(1, false, 1);
        for (int i = 0; i < values.length; i++) {
            forward.add(0, i, values[i]);
            backward.add(0, i, values[values.length - 1 - i]);
        }
        assertThat(backward.value(0)).isEqualTo(forward.value(0));
    }

    @Test
    void theOrderOfPartsDoesNotShowInEqualTimes() {
        for (boolean latest : new boolean[] {false, true}) {
            EdgeCells one = new EdgeCells(1, latest);
            EdgeCells other = new EdgeCells(1, latest);
            EdgeCells merged = new EdgeCells(1, latest);
            one.add(0, 5, 3);
            one.add(0, 5, 1);
            other.add(0, 5, 2);
            merged.merge(0, other, 0);
            merged.merge(0, one, 0);
            one.merge(0, other, 0);
            assertThat(one.value(0)).isEqualTo(latest ? 3 : 1).isEqualTo(merged.value(0));
        }
        double[] sorted = new TimeSort(new long[] {2, 1, 2, 1, 2}, new double[] {9, 4, 7, 3, 8}, 5).values();
        assertThat(sorted).containsExactly(3, 4, 7, 8, 9);
    }

    @Test
    void equalValuesDoNotVary() {
        MomentCells cells = new MomentCells(1, false);
        for (int i = 0; i < 1000; i++) {
            cells.add(0, i, 0.1);
        }
        assertThat(cells.value(0)).isZero();
    }
}
