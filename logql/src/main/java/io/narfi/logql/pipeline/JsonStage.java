package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.logql.Bound;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code | json} (§6.4): every scalar of the object becomes a label, nested names joined by {@code _}. */
final class JsonStage implements RowStage {
    static final String ERROR = "JSONParserErr";

    private static final byte[] NONE = {};

    /** Told of every value that is written. */
    @FunctionalInterface
    interface PathListener {
        /** @param path the keys as the line has them, outermost first; not to be kept */
        void written(Name target, List<String> path);
    }

    private final @Nullable PathListener listener;
    /** Keys of the objects around the current one, only for the listener. */
    private final List<String> path = new ArrayList<>();

    /** Clean names of the objects around the current key, joined. */
    private byte[] prefix = new byte[128];
    private int error;

    JsonStage() {
        this(null);
    }

    JsonStage(@Nullable PathListener listener) {
        this.listener = listener;
    }

    @Override
    public boolean run(LabelBuilder entry) {
        if (Extractor.isIdle(entry)) {
            return true;
        }
        error = 0;
        path.clear();
        int end = object(entry, entry.line, entry.lineFrom, entry.lineTo, 0, 0);
        if (end == REJECTED) {
            return false;
        }
        if (error != 0) {
            entry.parserError(ERROR, JsonScanner.message(error));
        }
        return true;
    }

    private static final int STOPPED = -20;
    private static final int REJECTED = -21;

    private int fail(int code) {
        error = code;
        return STOPPED;
    }

    /** Reads the object that begins at the next token; 0 if it was read, else why not. */
    private int object(LabelBuilder entry, byte[] b, int from, int to, int prefixEnd, int depth) {
        int i = JsonScanner.token(b, from, to);
        if (i < 0 || b[i] != '{') {
            return fail(JsonScanner.OBJECT);
        }
        if (depth == JsonScanner.MAX_DEPTH) {
            Bound.JSON_DEPTH.hit();
            return fail(JsonScanner.TOO_DEEP);
        }
        i = JsonScanner.token(b, i + 1, to);
        if (i < 0) {
            return fail(JsonScanner.MALFORMED);
        }
        while (b[i] != '}') {
            if (b[i] != '"') {
                return fail(JsonScanner.OBJECT);
            }
            int keyFrom = i + 1;
            int keyEnd = JsonScanner.stringEnd(b, keyFrom, to);
            if (keyEnd < 0) {
                return fail(JsonScanner.MALFORMED);
            }
            i = JsonScanner.token(b, keyEnd, to);
            byte[] key = b;
            int keyTo = keyEnd - 1;
            if (Slices.indexOf(b, keyFrom, keyTo, (byte) '\\') >= 0) {
                key = entry.scratch(keyTo - keyFrom);
                int at = entry.scratchEnd();
                keyTo = JsonStrings.unescape(b, keyFrom, keyTo, key, at);
                if (keyTo < 0) {
                    return fail(JsonScanner.ESCAPE);
                }
                keyFrom = at;
                entry.take(keyTo);
            }
            if (i < 0 || b[i] != ':') {
                return fail(JsonScanner.MALFORMED);
            }
            int value = JsonScanner.token(b, i + 1, to);
            if (value < 0) {
                return fail(JsonScanner.MALFORMED);
            }
            int valueEnd = JsonScanner.valueEnd(b, value, to);
            if (valueEnd < 0) {
                return fail(valueEnd);
            }
            int next = value(entry, b, value, valueEnd, key, keyFrom, keyTo, prefixEnd, depth);
            if (next != 0) {
                return next;
            }
            i = JsonScanner.token(b, valueEnd, to);
            if (i < 0) {
                return fail(JsonScanner.ARRAY);
            }
            if (b[i] == '}') {
                return 0;
            }
            if (b[i] != ',') {
                return fail(JsonScanner.OBJECT);
            }
            i = JsonScanner.token(b, i + 1, to);
            if (i < 0) {
                return fail(JsonScanner.ARRAY);
            }
        }
        return 0;
    }

    private int value(LabelBuilder entry, byte[] b, int from, int to, byte[] key, int keyFrom, int keyTo, int prefixEnd, int depth) {
        byte kind = b[from];
        if (kind == '[' || kind == 'n') {
            return 0;
        }
        if (kind == '{') {
            int end = extendPrefix(key, keyFrom, keyTo, prefixEnd);
            if (!needsPrefix(entry, end)) {
                return 0;
            }
            if (listener == null) {
                return object(entry, b, from, to, end, depth + 1);
            }
            path.add(new String(key, keyFrom, keyTo - keyFrom, UTF_8));
            int next = object(entry, b, from, to, end, depth + 1);
            path.removeLast();
            return next;
        }
        Name name;
        if (prefixEnd == 0 && depth == 0) {
            name = entry.names.ofKey(key, keyFrom, keyTo);
            if (name == null) {
                return 0;
            }
        } else {
            int end = extendPrefix(key, keyFrom, keyTo, prefixEnd);
            name = entry.names.ofClean(prefix, 0, end);
        }
        Name target = entry.target(name);
        if (!entry.wants(target)) {
            return 0;
        }
        if (listener != null) {
            path.add(new String(key, keyFrom, keyTo - keyFrom, UTF_8));
            listener.written(target, path);
            path.removeLast();
        }
        int outcome = kind == '"' ? string(entry, target, b, from + 1, to - 1) : Extractor.write(entry, target, b, from, to);
        return outcome == Extractor.NEXT ? 0 : outcome == Extractor.REJECTED ? REJECTED : STOPPED;
    }

    private static int string(LabelBuilder entry, Name target, byte[] b, int from, int to) {
        if (JsonStrings.isPlain(b, from, to)) {
            return Extractor.write(entry, target, b, from, to);
        }
        byte[] room = entry.scratch(to - from);
        int at = entry.scratchEnd();
        int end = JsonStrings.decode(b, from, to, room, at);
        if (end < 0) {
            return Extractor.write(entry, target, NONE, 0, 0);
        }
        entry.take(end);
        return Extractor.write(entry, target, room, at, end);
    }

    /** Appends a cleaned key to the prefix, behind a {@code _} if there is one; gives the new end. */
    private int extendPrefix(byte[] key, int from, int to, int prefixEnd) {
        String clean = new String(key, from, to - from, UTF_8);
        return prefixEnd == 0 ? append(LabelNames.sanitize(clean), 0) : append(LabelNames.sanitizePart(clean), prefixEnd);
    }

    private int append(String part, int at) {
        if (part.isEmpty()) {
            return at;
        }
        int end = at + part.length() + 1;
        if (end > prefix.length) {
            prefix = Arrays.copyOf(prefix, 2 * end);
        }
        int o = at;
        if (at > 0) {
            prefix[o++] = '_';
        }
        for (int i = 0; i < part.length(); i++) {
            prefix[o++] = (byte) part.charAt(i);
        }
        return o;
    }

    /** Whether a needed label may begin with the prefix. */
    private boolean needsPrefix(LabelBuilder entry, int end) {
        if (entry.hints.required() == null) {
            return true;
        }
        String text = new String(prefix, 0, end, UTF_8);
        for (String name : entry.hints.required()) {
            if (name.startsWith(text)) {
                return true;
            }
        }
        return false;
    }
}
