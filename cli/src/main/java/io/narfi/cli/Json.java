package io.narfi.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import io.narfi.common.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON documents as plain trees: {@code Map}, {@code List}, {@code String}, {@link Num}, {@code Boolean} and null. Numbers keep their
 * text, so that what is printed is what came.
 */
final class Json {
    /** A number as it was written. */
    record Num(String text) {}

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(256 << 20)
                    .maxNestingDepth(100)
                    .build())
            .build();

    private Json() {}

    /**
     * Reads one document.
     *
     * @throws IOException also if it is not JSON
     */
    static @Nullable Object read(InputStream in) throws IOException {
        try (JsonParser parser = FACTORY.createParser(in)) {
            parser.nextToken();
            return value(parser);
        }
    }

    static @Nullable Object read(String text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            return value(parser);
        }
    }

    private static @Nullable Object value(JsonParser p) throws IOException {
        JsonToken token = p.currentToken();
        if (token == null) {
            throw new IOException("the JSON ends early");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (p.nextToken() != JsonToken.END_OBJECT) {
                    String name = p.currentName();
                    p.nextToken();
                    map.put(name, value(p));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (p.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(p));
                }
                yield list;
            }
            case VALUE_STRING -> p.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(p.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> throw new IOException("unexpected " + token);
        };
    }

    /** The member of an object as an object; empty if it is missing. */
    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
    }

    /** The value as a list; empty if it is none. */
    @SuppressWarnings("unchecked")
    static List<@Nullable Object> list(@Nullable Object value) {
        return value instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
    }

    /** A string or the text of a number or boolean; empty for anything else. */
    static String text(@Nullable Object value) {
        return switch (value) {
            case String s -> s;
            case Num n -> n.text();
            case Boolean b -> b.toString();
            case null, default -> "";
        };
    }

    /** The object's members as labels. */
    static Labels labels(@Nullable Object value) {
        Map<String, @Nullable Object> map = object(value);
        String[] pairs = new String[2 * map.size()];
        int i = 0;
        for (Map.Entry<String, @Nullable Object> e : map.entrySet()) {
            pairs[i++] = e.getKey();
            pairs[i++] = text(e.getValue());
        }
        return Labels.of(pairs);
    }

    /** Indented by two spaces, as logcli prints vectors and matrices. */
    static String pretty(@Nullable Object value) {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withArrayEmptySeparator("")
                .withObjectEmptySeparator(""));
        printer.indentArraysWith(lines);
        printer.indentObjectsWith(lines);
        StringWriter out = new StringWriter();
        try (JsonGenerator g = FACTORY.createGenerator(out).setPrettyPrinter(printer)) {
            write(g, value);
        } catch (IOException e) {
            throw new AssertionError("a string writer failed", e);
        }
        return out.toString();
    }

    /** In one line without spaces. */
    static String compact(@Nullable Object value) {
        StringWriter out = new StringWriter();
        try (JsonGenerator g = FACTORY.createGenerator(out)) {
            write(g, value);
        } catch (IOException e) {
            throw new AssertionError("a string writer failed", e);
        }
        return out.toString();
    }

    private static void write(JsonGenerator g, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> g.writeNull();
            case Map<?, ?> map -> {
                g.writeStartObject();
                for (Map.Entry<String, @Nullable Object> e : object(map).entrySet()) {
                    g.writeFieldName(e.getKey());
                    write(g, e.getValue());
                }
                g.writeEndObject();
            }
            case List<?> list -> {
                g.writeStartArray();
                for (Object item : list(list)) {
                    write(g, item);
                }
                g.writeEndArray();
            }
            case Labels labels -> write(g, labels.toMap());
            case Num n -> g.writeNumber(n.text());
            case Boolean b -> g.writeBoolean(b);
            case Number n -> g.writeNumber(n.toString());
            default -> g.writeString(value.toString());
        }
    }
}
