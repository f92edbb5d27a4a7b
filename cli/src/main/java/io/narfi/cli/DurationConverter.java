package io.narfi.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A duration as nanoseconds. */
final class DurationConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        try {
            return Times.duration(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(ApiClient.message(e));
        }
    }
}
