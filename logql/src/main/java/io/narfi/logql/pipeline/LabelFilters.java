package io.narfi.logql.pipeline;

import io.narfi.common.LabelMatcher;
import io.narfi.logql.ByteText;
import io.narfi.logql.LabelFilter;
import io.narfi.logql.LabelFilter.Comparison;
import io.narfi.logql.pipeline.GoNumbers.FormatException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Compiles label filters (§6.3). */
final class LabelFilters {
    static final String FILTER_ERROR = "LabelFilterErr";

    private LabelFilters() {}

    /** The stage of a filter, or null if it lets everything pass. */
    static RowStage.@Nullable Factory compile(LabelFilter filter) {
        Node node = node(filter);
        return node == null ? null : node::bind;
    }

    /** The test of a filter on one label that is not combined with others and does something, else null. */
    static @Nullable LabelTest single(LabelFilter filter) {
        return filter instanceof LabelFilter.And || filter instanceof LabelFilter.Or ? null : leaf(filter);
    }

    /** Gives every label name of a filter that does something. */
    static void names(LabelFilter filter, Consumer<String> out) {
        switch (filter) {
            case LabelFilter.And(LabelFilter left, LabelFilter right) -> {
                names(left, out);
                names(right, out);
            }
            case LabelFilter.Or(LabelFilter left, LabelFilter right) -> {
                names(left, out);
                names(right, out);
            }
            default -> {
                LabelTest test = leaf(filter);
                if (test != null) {
                    out.accept(test.label());
                }
            }
        }
    }

    /** A filter tree without branches that are always true. */
    private sealed interface Node {
        RowStage bind(LabelBuilder builder);

        record Leaf(LabelTest test) implements Node {
            @Override
            public RowStage bind(LabelBuilder builder) {
                Name name = builder.names.pin(test.label());
                return entry -> test.test(entry, name);
            }
        }

        record Both(Node left, Node right) implements Node {
            @Override
            public RowStage bind(LabelBuilder builder) {
                RowStage a = left.bind(builder);
                RowStage b = right.bind(builder);
                return entry -> {
                    // both sides run, because both may set an error
                    boolean first = a.run(entry);
                    return b.run(entry) && first;
                };
            }
        }

        record Either(Node left, Node right) implements Node {
            @Override
            public RowStage bind(LabelBuilder builder) {
                RowStage a = left.bind(builder);
                RowStage b = right.bind(builder);
                return entry -> a.run(entry) || b.run(entry);
            }
        }
    }

    /** Null stands for always true. */
    private static @Nullable Node node(LabelFilter filter) {
        return switch (filter) {
            case LabelFilter.And(LabelFilter left, LabelFilter right) -> {
                Node a = node(left);
                Node b = node(right);
                yield a == null ? b : b == null ? a : new Node.Both(a, b);
            }
            case LabelFilter.Or(LabelFilter left, LabelFilter right) -> {
                Node a = node(left);
                Node b = node(right);
                yield a == null || b == null ? null : new Node.Either(a, b);
            }
            default -> {
                LabelTest leaf = leaf(filter);
                yield leaf == null ? null : new Node.Leaf(leaf);
            }
        };
    }

    private static @Nullable LabelTest leaf(LabelFilter filter) {
        return switch (filter) {
            case LabelFilter.And _, LabelFilter.Or _ -> throw new IllegalArgumentException("not a single filter: " + filter);
            case LabelFilter.TextFilter(LabelMatcher m) -> {
                TextTest test = text(m);
                yield test.isAlways() ? null : new TextLabelTest(m.name(), test);
            }
            case LabelFilter.NumberFilter(String name, Comparison op, double value) ->
                new TypedTest(name, (b, from, to) -> compare(op, GoNumbers.parseFloat(b, from, to), value));
            case LabelFilter.DurationFilter(String name, Comparison op, long value) ->
                new TypedTest(name, (b, from, to) -> holds(op, Long.compare(GoNumbers.parseDuration(b, from, to), value)));
            case LabelFilter.BytesFilter(String name, Comparison op, long value) ->
                new TypedTest(name, (b, from, to) -> holds(op, Long.compareUnsigned(GoNumbers.parseBytes(b, from, to), value)));
            case LabelFilter.IpFilter(String name, boolean negated, String pattern) -> new IpLabelTest(name, negated, new IpTest(pattern));
        };
    }

    private static TextTest text(LabelMatcher m) {
        return switch (m.op()) {
            case EQUAL -> new TextTest.Equal(ByteText.toBytes(m.value()));
            case NOT_EQUAL -> TextTest.not(new TextTest.Equal(ByteText.toBytes(m.value())));
            case REGEX -> TextTests.ofLabel(m.value());
            case NOT_REGEX -> TextTest.not(TextTests.ofLabel(m.value()));
        };
    }

    private static boolean compare(Comparison op, double left, double right) {
        return switch (op) {
            case EQUAL -> left == right;
            case NOT_EQUAL -> left != right;
            case GREATER -> left > right;
            case GREATER_OR_EQUAL -> left >= right;
            case LESS -> left < right;
            case LESS_OR_EQUAL -> left <= right;
        };
    }

    private static boolean holds(Comparison op, int order) {
        return switch (op) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case GREATER -> order > 0;
            case GREATER_OR_EQUAL -> order >= 0;
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
        };
    }

    /** A string or regex predicate; a missing label counts as empty. */
    private record TextLabelTest(String label, TextTest test) implements LabelTest {
        private static final byte[] NONE = {};

        @Override
        public boolean test(LabelBuilder entry, Name name) {
            if (label.equals(LabelBuilder.ERROR)) {
                byte[] error = entry.error == null ? NONE : ByteText.toBytes(entry.error);
                return test.test(error, 0, error.length);
            }
            if (!label.equals(LabelBuilder.ERROR_DETAILS) && entry.find(name)) {
                return test.test(entry.valueBuffer, entry.valueFrom, entry.valueTo);
            }
            return test.test(NONE, 0, 0);
        }
    }

    /** Converts a value and compares it. */
    @FunctionalInterface
    private interface TypedValueTest {
        boolean test(byte[] b, int from, int to) throws FormatException;
    }

    /** A typed predicate: a missing label drops the entry, a value that cannot be converted keeps it with an error. */
    private record TypedTest(String label, TypedValueTest test) implements LabelTest {
        @Override
        public boolean test(LabelBuilder entry, Name name) {
            if (!entry.find(name)) {
                return false;
            }
            try {
                return test.test(entry.valueBuffer, entry.valueFrom, entry.valueTo);
            } catch (FormatException e) {
                if (entry.error == null) {
                    entry.error = FILTER_ERROR;
                    entry.errorDetails = e.getMessage();
                }
                return true;
            }
        }
    }

    /** {@code l = ip("…")}: an entry with an error passes, one without the label does not. */
    private record IpLabelTest(String label, boolean negated, IpTest test) implements LabelTest {
        @Override
        public boolean test(LabelBuilder entry, Name name) {
            if (entry.error != null) {
                return true;
            }
            return entry.find(name) && test.test(entry.valueBuffer, entry.valueFrom, entry.valueTo) != negated;
        }
    }

    /** Filters that follow an unwrap, as one list of stages. */
    static List<RowStage.Factory> compileAll(List<LabelFilter> filters) {
        return filters.stream().map(LabelFilters::compile).filter(java.util.Objects::nonNull).toList();
    }
}
