package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code | unpack} (§6.10). */
final class UnpackStage implements RowStage {
    private static final byte[] ENTRY = "_entry".getBytes(UTF_8);

    /** A string of the object that becomes a label, if the object turns out to be packed. */
    private record Found(Name target, byte[] buffer, int from, int to) {}

    private final List<Found> found = new ArrayList<>();

    @Override
    public boolean run(LabelBuilder entry) {
        byte[] b = entry.line;
        int to = entry.lineTo;
        if (entry.lineFrom == to || entry.hints.skipParsers()) {
            return true;
        }
        if (b[entry.lineFrom] != '{') {
            entry.parserError(JsonStage.ERROR, "expecting json object(6), but it is not");
            return true;
        }
        found.clear();
        byte[] lineBuffer = null;
        int lineFrom = 0;
        int lineTo = 0;
        int i = JsonScanner.token(b, entry.lineFrom + 1, to);
        if (i < 0) {
            return fail(entry, JsonScanner.MALFORMED);
        }
        while (b[i] != '}') {
            if (b[i] != '"') {
                return fail(entry, JsonScanner.OBJECT);
            }
            int keyFrom = i + 1;
            int keyEnd = JsonScanner.stringEnd(b, keyFrom, to);
            int colon = keyEnd < 0 ? -1 : JsonScanner.token(b, keyEnd, to);
            int value = colon < 0 || b[colon] != ':' ? -1 : JsonScanner.token(b, colon + 1, to);
            if (value < 0) {
                return fail(entry, JsonScanner.MALFORMED);
            }
            byte[] key = entry.scratch(keyEnd - keyFrom);
            int keyAt = entry.scratchEnd();
            int keyTo = JsonStrings.unescape(b, keyFrom, keyEnd - 1, key, keyAt);
            if (keyTo < 0) {
                return fail(entry, JsonScanner.ESCAPE);
            }
            int valueEnd = JsonScanner.valueEnd(b, value, to);
            if (valueEnd < 0) {
                return fail(entry, valueEnd);
            }
            if (b[value] == '"') {
                boolean isEntry = Slices.equal(key, keyAt, keyTo, ENTRY);
                Name target = isEntry ? null : target(entry, new String(key, keyAt, keyTo - keyAt, UTF_8));
                byte[] room = entry.scratch(valueEnd - value);
                int at = entry.scratchEnd();
                int end = Math.max(at, JsonStrings.decode(b, value + 1, valueEnd - 1, room, at));
                entry.take(end);
                if (isEntry) {
                    lineBuffer = room;
                    lineFrom = at;
                    lineTo = end;
                } else if (target != null && target.needed) {
                    found.add(new Found(target, room, at, end));
                }
            }
            i = JsonScanner.token(b, valueEnd, to);
            if (i < 0) {
                return fail(entry, JsonScanner.ARRAY);
            }
            if (b[i] == '}') {
                break;
            }
            i = b[i] != ',' ? -1 : JsonScanner.token(b, i + 1, to);
            if (i < 0) {
                return fail(entry, b[valueEnd] == ',' ? JsonScanner.ARRAY : JsonScanner.OBJECT);
            }
        }
        if (lineBuffer == null) {
            return true;
        }
        for (Found f : found) {
            if (Extractor.write(entry, f.target(), f.buffer(), f.from(), f.to()) == Extractor.REJECTED) {
                return false;
            }
        }
        entry.setLine(lineBuffer, lineFrom, lineTo);
        return true;
    }

    private static boolean fail(LabelBuilder entry, int code) {
        entry.parserError(JsonStage.ERROR, JsonScanner.message(code));
        return true;
    }

    /** Whether the name is taken is asked for the raw key, and only then is it cleaned; null if nothing is left of it. */
    private static @Nullable Name target(LabelBuilder entry, String key) {
        Name raw = entry.names.get(key);
        boolean taken = raw.streamIndex >= 0 || entry.isMetadata(raw);
        String clean = LabelNames.sanitize(taken ? key + "_extracted" : key);
        return clean.isEmpty() ? null : entry.names.get(clean);
    }
}
