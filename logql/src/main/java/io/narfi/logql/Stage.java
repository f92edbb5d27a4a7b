package io.narfi.logql;

import static java.util.Objects.requireNonNull;

import io.narfi.common.LabelMatcher;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a log pipeline, as written (logql.md §2.1, §6). Regular expressions, templates and patterns are unchecked text here: who
 * builds the pipeline compiles them and reports their errors.
 */
public sealed interface Stage {
    /** The canonical text, as {@code stage '…'} errors quote it. */
    default String canonical() {
        return CanonicalPrinter.print(this);
    }

    /** The operator of a line filter. */
    enum LineOp {
        CONTAINS("|="),
        NOT_CONTAINS("!="),
        REGEX("|~"),
        NOT_REGEX("!~"),
        PATTERN("|>"),
        NOT_PATTERN("!>");

        private final String text;

        LineOp(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        public boolean negated() {
            return this == NOT_CONTAINS || this == NOT_REGEX || this == NOT_PATTERN;
        }
    }

    /**
     * What a line is tested for.
     *
     * @param ip whether it was written as {@code ip("…")}
     * @param text a {@link ByteText}
     */
    record LineArgument(boolean ip, String text) {}

    /**
     * {@code |= "a" or "b"}: a line passes a positive filter with any of the arguments, a negative one with none of them.
     *
     * @param arguments as written, at least one; what Loki makes of {@code ip} in a chain is the pipeline's affair
     */
    record LineFilter(LineOp op, List<LineArgument> arguments) implements Stage {
        public LineFilter {
            arguments = List.copyOf(arguments);
            if (arguments.isEmpty()) {
                throw new IllegalArgumentException("a line filter without arguments");
            }
        }
    }

    /** {@code name="expression"}; a bare name stands for {@code name="name"}. */
    record Extraction(String name, String expression) {}

    /** {@code | json} or, with extractions, {@code | json a="b.c"}. */
    record Json(List<Extraction> extractions) implements Stage {
        public Json {
            extractions = List.copyOf(extractions);
        }
    }

    /** {@code | logfmt} or, with extractions, {@code | logfmt a="b"}. */
    record Logfmt(boolean strict, boolean keepEmpty, List<Extraction> extractions) implements Stage {
        public Logfmt {
            extractions = List.copyOf(extractions);
        }
    }

    /** {@code | regexp "…"}. */
    record Regexp(String pattern) implements Stage {}

    /** {@code | pattern "…"}. */
    record Pattern(String pattern) implements Stage {}

    /** {@code | unpack}. */
    record Unpack() implements Stage {}

    /** {@code | label filter}. */
    record Filter(LabelFilter filter) implements Stage {}

    /** {@code | line_format "template"}. */
    record LineFormat(String template) implements Stage {}

    /**
     * One item of a {@code label_format}.
     *
     * @param rename whether {@code value} is the name of the label to rename, or else a template
     */
    record LabelFormatItem(String name, boolean rename, String value) {}

    /** {@code | label_format a=b,c="template"}. */
    record LabelFormat(List<LabelFormatItem> items) implements Stage {
        public LabelFormat {
            items = List.copyOf(items);
        }
    }

    /** {@code | decolorize}. */
    record Decolorize() implements Stage {}

    /**
     * An item of {@code drop} or {@code keep}.
     *
     * @param matcher the condition on the label of that name, null for a bare name
     */
    record LabelSpec(String name, @Nullable LabelMatcher matcher) {
        public LabelSpec {
            requireNonNull(name, "name is null");
            if (matcher != null && !matcher.name().equals(name)) {
                throw new IllegalArgumentException("a matcher of " + matcher.name() + " for the label " + name);
            }
        }
    }

    /** {@code | drop a,b="c"}. */
    record Drop(List<LabelSpec> labels) implements Stage {
        public Drop {
            labels = List.copyOf(labels);
        }
    }

    /** {@code | keep a,b="c"}. */
    record Keep(List<LabelSpec> labels) implements Stage {
        public Keep {
            labels = List.copyOf(labels);
        }
    }
}
