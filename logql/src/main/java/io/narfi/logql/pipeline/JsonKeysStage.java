package io.narfi.logql.pipeline;

import io.narfi.logql.Bound;
import io.narfi.logql.Stage.Extraction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code | json name="path", …} (§6.5): one walk over the line that follows only the wanted paths. */
final class JsonKeysStage implements RowStage {
    private static final byte[] NONE = {};

    /** A label and the path to its value; the same for every stream. */
    private record Wanted(String label, List<KeyPath.Step> path) {}

    private final List<List<KeyPath.Step>> paths;
    private final Name[] labels;
    private final boolean[] found;
    private int open;
    private @Nullable String error;
    private byte[] keyBuffer = new byte[64];

    private JsonKeysStage(List<List<KeyPath.Step>> paths, Name[] labels) {
        this.paths = paths;
        this.labels = labels;
        this.found = new boolean[labels.length];
    }

    static RowStage.Factory compile(List<Extraction> extractions) {
        List<Wanted> wanted = new ArrayList<>();
        for (Extraction e : extractions) {
            List<KeyPath.Step> path = KeyPath.json(e.expression());
            // of two paths for one label the later counts
            wanted.removeIf(w -> w.label().equals(e.name()));
            wanted.add(new Wanted(e.name(), path));
        }
        List<List<KeyPath.Step>> paths = wanted.stream().map(Wanted::path).toList();
        return builder -> new JsonKeysStage(paths, wanted.stream().map(w -> builder.names.pin(w.label())).toArray(Name[]::new));
    }

    @Override
    public boolean run(LabelBuilder entry) {
        if (entry.lineFrom == entry.lineTo || Extractor.isIdle(entry)) {
            return true;
        }
        byte first = entry.line[entry.lineFrom];
        if (first != '{' && first != '[' && first != '"') {
            entry.parserError(JsonStage.ERROR, null);
            return true;
        }
        Arrays.fill(found, false);
        open = labels.length;
        error = null;
        int[] all = new int[labels.length];
        Arrays.setAll(all, i -> i);
        walk(entry, entry.line, entry.lineFrom, entry.lineTo, all, all.length, 0);
        if (error != null) {
            entry.parserError(JsonStage.ERROR, error);
        }
        for (int i = 0; i < labels.length; i++) {
            if (!found[i] && !entry.find(labels[i])) {
                write(entry, i, NONE, 0, 0);
            }
        }
        return true;
    }

    /** Follows the given paths, which all led here after {@code depth} steps, into the value at {@code from}. */
    private void walk(LabelBuilder entry, byte[] b, int from, int to, int[] active, int count, int depth) {
        if (depth == JsonScanner.MAX_DEPTH) {
            Bound.JSON_DEPTH.hit();
            error = JsonScanner.message(JsonScanner.TOO_DEEP);
        } else if (b[from] == '{') {
            object(entry, b, from, to, active, count, depth);
        } else if (b[from] == '[') {
            array(entry, b, from, to, active, count, depth);
        }
    }

    private void object(LabelBuilder entry, byte[] b, int from, int to, int[] active, int count, int depth) {
        int i = JsonScanner.token(b, from + 1, to);
        int[] next = new int[count];
        while (i >= 0 && b[i] == '"' && open > 0) {
            int keyEnd = JsonScanner.stringEnd(b, i + 1, to);
            int colon = keyEnd < 0 ? -1 : JsonScanner.token(b, keyEnd, to);
            if (colon < 0 || b[colon] != ':') {
                return;
            }
            int n = 0;
            for (int k = 0; k < count; k++) {
                byte[] field = paths.get(active[k]).get(depth).field();
                if (!found[active[k]] && field != null && isKey(b, i + 1, keyEnd - 1, field)) {
                    next[n++] = active[k];
                }
            }
            int value = JsonScanner.token(b, colon + 1, to);
            if (value < 0) {
                error = n > 0 ? JsonScanner.message(JsonScanner.MALFORMED) : error;
                return;
            }
            int end = step(entry, b, value, to, next, n, depth + 1);
            i = end < 0 ? -1 : JsonScanner.token(b, end, to);
            i = i < 0 || b[i] != ',' ? -1 : JsonScanner.token(b, i + 1, to);
        }
    }

    private void array(LabelBuilder entry, byte[] b, int from, int to, int[] active, int count, int depth) {
        int i = JsonScanner.token(b, from + 1, to);
        int[] next = new int[count];
        for (int index = 0; i >= 0 && b[i] != ']' && open > 0; index++) {
            int n = 0;
            for (int k = 0; k < count; k++) {
                KeyPath.Step step = paths.get(active[k]).get(depth);
                if (!found[active[k]] && step.field() == null && step.index() == index) {
                    next[n++] = active[k];
                }
            }
            int end = step(entry, b, i, to, next, n, depth + 1);
            i = end < 0 ? -1 : JsonScanner.token(b, end, to);
            i = i < 0 || b[i] != ',' ? -1 : JsonScanner.token(b, i + 1, to);
        }
    }

    /** Takes the value at {@code from} for the paths that end here and walks on for the others; gives the value's end, or an error. */
    private int step(LabelBuilder entry, byte[] b, int from, int to, int[] matched, int count, int depth) {
        int end = JsonScanner.valueEnd(b, from, to);
        int longer = 0;
        int[] on = matched.clone();
        for (int k = 0; k < count; k++) {
            int i = matched[k];
            if (paths.get(i).size() > depth) {
                on[longer++] = i;
            } else if (end < 0) {
                error = JsonScanner.message(end);
            } else {
                found[i] = true;
                open--;
                value(entry, i, b, from, end);
            }
        }
        if (longer > 0) {
            walk(entry, b, from, end < 0 ? to : end, on, longer, depth);
        }
        return end;
    }

    private boolean isKey(byte[] b, int from, int to, byte[] field) {
        if (Slices.indexOf(b, from, to, (byte) '\\') < 0) {
            return Slices.equal(b, from, to, field);
        }
        if (keyBuffer.length < to - from) {
            keyBuffer = new byte[2 * (to - from)];
        }
        int end = JsonStrings.unescape(b, from, to, keyBuffer, 0);
        return end >= 0 && Slices.equal(keyBuffer, 0, end, field);
    }

    private void value(LabelBuilder entry, int i, byte[] b, int from, int to) {
        if (b[from] == 'n') {
            write(entry, i, NONE, 0, 0);
        } else if (b[from] != '"') {
            write(entry, i, b, from, to);
        } else if (JsonStrings.isPlain(b, from + 1, to - 1)) {
            write(entry, i, b, from + 1, to - 1);
        } else {
            byte[] room = entry.scratch(to - from);
            int at = entry.scratchEnd();
            int end = Math.max(at, JsonStrings.decode(b, from + 1, to - 1, room, at));
            entry.take(end);
            write(entry, i, room, at, end);
        }
    }

    private void write(LabelBuilder entry, int i, byte[] buffer, int from, int to) {
        Name target = entry.target(labels[i]);
        entry.set(target, buffer, from, to);
        entry.claim(target);
    }
}
