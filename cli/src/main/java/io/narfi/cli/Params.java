package io.narfi.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The parameters of a request, in order, as they stand in a URL or a form. */
final class Params {
    private final StringBuilder encoded = new StringBuilder();

    Params add(String name, String value) {
        if (!encoded.isEmpty()) {
            encoded.append('&');
        }
        encoded.append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        return this;
    }

    Params add(String name, long value) {
        return add(name, Long.toString(value));
    }

    /** Nothing if the value is null or empty. */
    Params addIf(String name, @Nullable String value) {
        return value == null || value.isEmpty() ? this : add(name, value);
    }

    @Override
    public String toString() {
        return encoded.toString();
    }
}
