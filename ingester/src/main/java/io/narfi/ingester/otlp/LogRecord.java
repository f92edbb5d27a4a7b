package io.narfi.ingester.otlp;

/** What a record has besides its attributes. Filled by a reader, then handed to {@link OtlpMapping#record}; used again for the next one. */
final class LogRecord {
    /** Nanoseconds since the epoch; 0: not set. */
    long time;

    /** Nanoseconds since the epoch; 0: not set. */
    long observedTime;

    int severityNumber;
    int severityTextOffset;
    int severityTextLength;
    AnyValue body = AnyValue.EMPTY;

    /** Unsigned. */
    int droppedAttributes;

    /** Unsigned. */
    int flags;

    /** Hexadecimal text; length 0: not set. */
    int traceOffset;

    int traceLength;

    /** Hexadecimal text; length 0: not set. */
    int spanOffset;

    int spanLength;

    void clear() {
        time = 0;
        observedTime = 0;
        severityNumber = 0;
        severityTextLength = 0;
        body = AnyValue.EMPTY;
        droppedAttributes = 0;
        flags = 0;
        traceLength = 0;
        spanLength = 0;
    }

    /** A time as OTLP has it, unsigned; one that 63 bits cannot hold becomes the last that they can, which no time window accepts. */
    static long nanos(long unsigned) {
        return unsigned < 0 ? Long.MAX_VALUE : unsigned;
    }
}
