package io.narfi.common.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes a component of a configuration record. Components that are records themselves are sections and need none. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** How the text of a value is read and written. */
    enum Kind {
        /** By the component's type: boolean, int, long, double, String, or a list or map of these or of records. */
        PLAIN,
        /** A {@code long} of nanoseconds, written as {@code 30s}, {@code 7d}, {@code 1.5h}. */
        DURATION,
        /** A {@code long} of bytes, written as {@code 256KB}, {@code 3MB}; powers of 1024. */
        BYTES
    }

    /** The YAML key; empty: the component's name in snake case. */
    String key() default "";

    /** The default in YAML's text form; empty for the type's empty value (0, false, "", no elements). */
    String value() default "";

    Kind kind() default Kind.PLAIN;

    /** For a section: what a tenant's override does not name in it has its default, and not the value that is overridden. */
    boolean whole() default false;

    /** Never printed. */
    boolean secret() default false;
}
