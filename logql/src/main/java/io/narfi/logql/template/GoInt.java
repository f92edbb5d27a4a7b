package io.narfi.logql.template;

/**
 * An integer of Go.
 *
 * @param type {@code int}, {@code int64} or {@code uint8}
 */
record GoInt(long value, String type) {
    static GoInt of(long value) {
        return new GoInt(value, "int");
    }

    static GoInt of64(long value) {
        return new GoInt(value, "int64");
    }

    boolean isUnsigned() {
        return type.equals("uint8");
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
