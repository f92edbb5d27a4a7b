package io.narfi.ingester.validate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.narfi.common.Labels;
import io.narfi.common.Limits;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies configured fields into structured metadata (contract/push-validation.md §8): for each target the first hint found in the stream's
 * labels, then in the metadata, then in the line. Off by default; reads a line once for each target and hint.
 */
final class GenericFields {
    private static final JsonFactory JSON = new JsonFactory();

    /** A longer value is not copied: rows of metadata have a bound. */
    private static final int LONGEST_VALUE = 4096;

    private final Map<String, List<String>> fields;

    GenericFields(Limits limits) {
        this.fields = limits.allowStructuredMetadata() ? limits.discoverGenericFields().fields() : Map.of();
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    Labels add(Labels stream, Labels metadata, byte[] b, int offset, int length) {
        TreeMap<String, String> found = null;
        for (Map.Entry<String, List<String>> field : fields.entrySet()) {
            String value = find(field.getValue(), stream, metadata, b, offset, length);
            if (value != null && !value.isEmpty() && value.length() <= LONGEST_VALUE) {
                if (found == null) {
                    found = new TreeMap<>(metadata.toMap());
                }
                found.put(field.getKey(), value);
            }
        }
        return found == null ? metadata : Labels.of(found);
    }

    private static @Nullable String find(List<String> hints, Labels stream, Labels metadata, byte[] b, int offset, int length) {
        for (String hint : hints) {
            String value = stream.get(hint);
            if (value != null) {
                return value;
            }
        }
        for (String hint : hints) {
            String value = metadata.get(hint);
            if (value != null) {
                return value;
            }
        }
        int first = offset;
        int last = offset + length - 1;
        while (first < last && b[first] <= ' ' && b[first] >= 0) {
            first++;
        }
        while (last > first && b[last] <= ' ' && b[last] >= 0) {
            last--;
        }
        if (first >= last) {
            return null;
        }
        boolean object = b[first] == '{' && b[last] == '}';
        for (String hint : hints) {
            String value = object ? inJson(hint, b, first, last + 1 - first) : inLogfmt(hint, b, first, last + 1);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** The scalar at a path of keys joined by dots; null if there is none or the line breaks off before it. */
    private static @Nullable String inJson(String path, byte[] b, int offset, int length) {
        String[] keys = path.split("\\.", -1);
        int matched = 0;
        int depth = 0;
        try (JsonParser parser = JSON.createParser(b, offset, length)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> depth++;
                    case END_OBJECT -> {
                        depth--;
                        if (depth <= matched) {
                            return null;
                        }
                    }
                    case FIELD_NAME -> {
                        if (depth != matched + 1 || !parser.currentName().equals(keys[matched])) {
                            parser.nextToken();
                            parser.skipChildren();
                        } else if (++matched == keys.length) {
                            JsonToken value = parser.nextToken();
                            return value != null && value.isScalarValue() ? parser.getText() : null;
                        }
                    }
                    default -> {
                        // The root or a matched key is no object: the path leads nowhere.
                        return null;
                    }
                }
            }
        } catch (IOException e) {
            // The line only looks like JSON; it has no fields then.
            return null;
        }
        return null;
    }

    private static @Nullable String inLogfmt(String key, byte[] b, int from, int end) {
        String line = new String(b, from, end - from, UTF_8);
        int i = 0;
        while (i < line.length()) {
            int start = i;
            while (i < line.length() && line.charAt(i) > ' ' && line.charAt(i) != '=') {
                i++;
            }
            boolean match = line.substring(start, i).equalsIgnoreCase(key);
            if (i < line.length() && line.charAt(i) == '=') {
                int value = ++i;
                if (i < line.length() && line.charAt(i) == '"') {
                    int close = closingQuote(line, i + 1);
                    if (close < 0) {
                        return null;
                    }
                    if (match) {
                        return line.substring(i + 1, close).replace("\\\"", "\"");
                    }
                    i = close + 1;
                } else {
                    while (i < line.length() && line.charAt(i) > ' ') {
                        i++;
                    }
                    if (match) {
                        return line.substring(value, i);
                    }
                }
            } else {
                i++;
            }
        }
        return null;
    }

    private static int closingQuote(String line, int from) {
        for (int i = from; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                return i;
            }
        }
        return -1;
    }
}
