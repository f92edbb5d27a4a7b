package io.narfi.logql.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A function of templates.
 *
 * @param parameters kinds of the fixed parameters
 * @param rest kind of any further ones, null if there are none
 */
record Function(String name, List<Kind> parameters, @Nullable Kind rest, Body body) {
    /** What a parameter takes. */
    enum Kind {
        STRING("string"),
        INT("int"),
        FLOAT("float64"),
        TIME("time.Time"),
        ANY("interface {}");

        final String type;

        Kind(String type) {
            this.type = type;
        }
    }

    /** Computes a value from arguments that fit the parameters; the message of its exception is the cause that Go's message ends with. */
    @FunctionalInterface
    interface Body {
        @Nullable Object call(@Nullable Object[] args, Execution run) throws TemplateException;
    }
}
