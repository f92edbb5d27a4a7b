package io.narfi.logql;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.MetricExpr.Binary;
import io.narfi.logql.MetricExpr.BinaryOp;
import io.narfi.logql.MetricExpr.Cardinality;
import io.narfi.logql.MetricExpr.LabelReplace;
import io.narfi.logql.MetricExpr.Literal;
import io.narfi.logql.MetricExpr.Matching;
import io.narfi.logql.MetricExpr.RangeAggregation;
import io.narfi.logql.MetricExpr.RangeOp;
import io.narfi.logql.MetricExpr.Vector;
import io.narfi.logql.MetricExpr.VectorAggregation;
import io.narfi.logql.MetricExpr.VectorOp;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Random trees that a query can have. */
final class RandomQueries {
    private static final String[] NAMES = {"a", "b_c", "_x", "rate", "count", "bytes", "vector", "ip", "level"};
    private static final String[] TEXTS = {"", "x", "a b", "\"q\"", "\\d+", "`", "\n\t", "é€", "\u0000", ByteText.fromBytes(new byte[] {-1, 65})};

    private final Random random;

    RandomQueries(long seed) {
        random = new Random(seed);
    }

    Expr expr() {
        return random.nextInt(3) == 0 ? log() : metric(4);
    }

    private LogExpr log() {
        return new LogExpr(
                list(1, 3, () -> new LabelMatcher(name(), random.nextBoolean() ? LabelMatcher.Op.EQUAL : LabelMatcher.Op.REGEX, "v.")),
                list(0, 4, this::stage));
    }

    private Stage stage() {
        return switch (random.nextInt(12)) {
            case 0, 1 ->
                new Stage.LineFilter(
                        pick(Stage.LineOp.values()), list(1, 3, () -> new Stage.LineArgument(random.nextInt(4) == 0, text())));
            case 2 -> new Stage.Json(list(0, 2, this::extraction));
            case 3 -> new Stage.Logfmt(random.nextBoolean(), random.nextBoolean(), list(0, 2, this::extraction));
            case 4 -> new Stage.Regexp("(?P<x>" + pick(new String[] {"a", "[<(]", "\\("}) + ")");
            case 5 -> new Stage.Pattern("<a> \"<_>");
            case 6 -> new Stage.Unpack();
            case 7 -> new Stage.Filter(filter(3));
            case 8 -> new Stage.LineFormat(text());
            case 9 ->
                new Stage.LabelFormat(list(1, 2, () -> {
                    boolean rename = random.nextBoolean();
                    return new Stage.LabelFormatItem(name(), rename, rename ? name() : text());
                }));
            case 10 -> new Stage.Decolorize();
            default -> {
                List<Stage.LabelSpec> specs = list(0, 2, () -> {
                    LabelMatcher matcher = random.nextBoolean() ? null : new LabelMatcher(name(), pick(LabelMatcher.Op.values()), "w");
                    return new Stage.LabelSpec(matcher == null ? name() : matcher.name(), matcher);
                });
                // A bare name at the end would take a following line filter != or !~ as its matcher.
                specs.add(new Stage.LabelSpec("z", new LabelMatcher("z", LabelMatcher.Op.EQUAL, "")));
                yield random.nextBoolean() ? new Stage.Drop(specs) : new Stage.Keep(specs);
            }
        };
    }

    private Stage.Extraction extraction() {
        return new Stage.Extraction(name(), text());
    }

    private LabelFilter filter(int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> new LabelFilter.TextFilter(new LabelMatcher(name(), pick(LabelMatcher.Op.values()), "w+"));
            case 1 -> new LabelFilter.NumberFilter(name(), pick(LabelFilter.Comparison.values()), number());
            case 2 -> new LabelFilter.DurationFilter(name(), pick(LabelFilter.Comparison.values()), random.nextLong() >> random.nextInt(64));
            case 3 -> new LabelFilter.BytesFilter(name(), pick(LabelFilter.Comparison.values()), 1 + random.nextInt(9));
            case 4 -> new LabelFilter.IpFilter(name(), random.nextBoolean(), "::1");
            case 5 -> new LabelFilter.And(filter(depth - 1), filter(depth - 1));
            default -> new LabelFilter.Or(filter(depth - 1), filter(depth - 1));
        };
    }

    private MetricExpr metric(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 2)) {
            case 0 -> new Vector(random.nextInt(1000) / 8.0);
            case 1, 2, 3 -> range();
            case 4, 5 -> {
                VectorOp op = pick(VectorOp.values());
                boolean k = op == VectorOp.TOPK || op == VectorOp.BOTTOMK || op == VectorOp.APPROX_TOPK;
                boolean groups = random.nextBoolean() && op != VectorOp.APPROX_TOPK && op != VectorOp.SORT && op != VectorOp.SORT_DESC;
                yield new VectorAggregation(
                        op, k ? 1 + random.nextInt(9) : 0, metric(depth - 1), groups ? new Grouping(random.nextBoolean(), list(1, 2, this::name)) : null);
            }
            case 6 -> new LabelReplace(metric(depth - 1), text(), text(), text(), "(.*)");
            default -> {
                BinaryOp op = pick(BinaryOp.values());
                MetricExpr right = !op.isSet() && random.nextInt(3) == 0 ? new Literal(number()) : metric(depth - 1);
                yield new Binary(op, matching(), metric(depth - 1), right);
            }
        };
    }

    private Matching matching() {
        boolean on = random.nextBoolean();
        Cardinality card = pick(Cardinality.values());
        return new Matching(
                random.nextInt(4) == 0, on, list(0, 2, this::name), card, card == Cardinality.ONE_TO_ONE ? List.of() : list(0, 2, this::name));
    }

    private MetricExpr range() {
        boolean unwrapped = random.nextBoolean();
        RangeOp op = unwrapped ? RangeOp.QUANTILE_OVER_TIME : pick(new RangeOp[] {RangeOp.RATE, RangeOp.COUNT_OVER_TIME, RangeOp.ABSENT_OVER_TIME});
        Unwrap unwrap = unwrapped ? new Unwrap(name(), pick(Unwrap.Conversion.values()), list(0, 2, () -> filter(2))) : null;
        long range = random.nextInt(100_000_000) * 1_000_000L;
        LogRange logRange = new LogRange(log(), unwrap, range, random.nextBoolean() ? 0 : random.nextLong() >> random.nextInt(20));
        Grouping grouping = unwrapped && random.nextBoolean() ? new Grouping(random.nextBoolean(), list(0, 2, this::name)) : null;
        return new RangeAggregation(op, unwrapped ? Math.abs(number()) : null, logRange, grouping);
    }

    private double number() {
        return random.nextBoolean() ? random.nextInt(100) : Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
    }

    private String name() {
        return pick(NAMES);
    }

    private String text() {
        return pick(TEXTS);
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> List<T> list(int min, int max, Supplier<T> element) {
        List<T> list = new ArrayList<>();
        int n = min + random.nextInt(max - min + 1);
        for (int i = 0; i < n; i++) {
            list.add(element.get());
        }
        return list;
    }
}
