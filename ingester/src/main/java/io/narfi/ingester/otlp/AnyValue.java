package io.narfi.ingester.otlp;

import java.util.List;

/** OTLP's {@code AnyValue}. Text and names are offsets and lengths in the body. */
sealed interface AnyValue {
    /** Values in values beyond this are refused; nothing that logs comes near it. */
    int MAX_DEPTH = 100;

    /** Memory of one value inside another one, generously. */
    int BYTES_PER_VALUE = 96;

    Empty EMPTY = new Empty();

    /** No value was set. */
    record Empty() implements AnyValue {}

    /** Text as it stands in the body. */
    record Text(int offset, int length) implements AnyValue {}

    record Bool(boolean value) implements AnyValue {}

    record Int(long value) implements AnyValue {}

    record Real(double value) implements AnyValue {}

    /** Raw bytes in the body; text in base64. */
    record Bytes(int offset, int length) implements AnyValue {}

    record Array(List<AnyValue> values) implements AnyValue {}

    /** Fields in the order in which they came; a key may come twice. */
    record Fields(List<Field> fields) implements AnyValue {}

    /** A key and its value: an attribute, or a field of a map. */
    record Field(int keyOffset, int keyLength, AnyValue value) {}
}
