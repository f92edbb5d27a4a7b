package io.narfi.ingester.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.ingester.validate.MetadataText;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The names of attributes of one kind, resource, scope or record: what becomes of each, and its label name. A push has the same few names in
 * every record, so they are remembered in a small table, where a new name simply takes the place of another; each is normalised, and its
 * text made, once.
 */
final class AttributeNames {
    private static final int SLOTS = 256;

    /** Longer names are made anew each time, so that what is remembered is bounded. */
    private static final int LONGEST_REMEMBERED = 128;

    private static final int BYTES_PER_NAME = 120 + LONGEST_REMEMBERED;

    /** An attribute's name: where it stands as sent, and its label name, also as text in the body or the buffer. */
    record Name(int rawOffset, int rawLength, OtlpRules.Action action, String label, int offset, int length) {}

    private final byte[] body;
    private final int bodyLength;
    private final TextBuffer made;
    private final Function<String, OtlpRules.Action> actions;
    private final @Nullable Name[] table = new Name[SLOTS];

    AttributeNames(byte[] body, int bodyLength, TextBuffer made, Function<String, OtlpRules.Action> actions) {
        this.body = requireNonNull(body, "body is null");
        this.bodyLength = bodyLength;
        this.made = requireNonNull(made, "made is null");
        this.actions = requireNonNull(actions, "actions is null");
    }

    static long memory() {
        return (long) SLOTS * BYTES_PER_NAME;
    }

    /** @throws ApiException 400 if nothing of the name is left as a label name */
    Name of(AnyValue.Field attribute) {
        int offset = attribute.keyOffset();
        int length = attribute.keyLength();
        int h = length;
        for (int i = offset; i < offset + length; i++) {
            h = 31 * h + body[i];
        }
        int slot = (h ^ h >>> 15) & (SLOTS - 1);
        Name known = table[slot];
        if (known != null
                && known.rawLength == length
                && Arrays.equals(body, known.rawOffset, known.rawOffset + length, body, offset, offset + length)) {
            return known;
        }
        String raw = new String(body, offset, length, UTF_8);
        String label = label(raw, 1);
        boolean same = label.equals(raw);
        int at = same ? offset : bodyLength + made.length();
        if (!same) {
            made.addAscii(label);
        }
        Name name = new Name(offset, length, actions.apply(raw), label, at, label.length());
        if (length <= LONGEST_REMEMBERED) {
            table[slot] = name;
        }
        return name;
    }

    /** The label name of a field in a map: the map's name, an underscore, the field's key. */
    String nested(String prefix, AnyValue.Field field, int depth) {
        if (field.keyLength() == 0) {
            return label("", depth);
        }
        return label(prefix + "_" + new String(body, field.keyOffset(), field.keyLength(), UTF_8), depth);
    }

    /** @param depth 1 for an attribute, 2 for a field of its map, and so on: Loki's text says it once per level */
    private static String label(String raw, int depth) {
        try {
            return MetadataText.normalise(raw);
        } catch (ApiException e) {
            throw new ApiException(400, "symbolizer lookup: ".repeat(depth) + e.text(), e);
        }
    }
}
