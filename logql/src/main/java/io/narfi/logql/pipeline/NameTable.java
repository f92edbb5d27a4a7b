package io.narfi.logql.pipeline;

import io.narfi.common.Labels;
import io.narfi.logql.Bound;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names that one stream's pipeline has met: those of the stream and of the query for good, those of lines until there are too many.
 * Keys of lines are found by their bytes, without a String.
 */
final class NameTable {
    /** Of names met in lines; when more were met, all are forgotten before the next entry. */
    static final int MAX_NAMES = 4096;

    private static final int MAX_KEY = 256;

    private final Labels stream;
    private final ParserHints hints;
    private final Map<String, Name> pinned = new HashMap<>();
    private final Map<String, Name> met = new HashMap<>();
    private final KeyCache rawKeys = new KeyCache();
    private final KeyCache cleanKeys = new KeyCache();

    NameTable(Labels stream, ParserHints hints) {
        this.stream = stream;
        this.hints = hints;
        for (int i = 0; i < stream.size(); i++) {
            pin(stream.name(i));
        }
    }

    /** A name that stages hold on to. */
    Name pin(String text) {
        Name known = pinned.get(text);
        if (known == null) {
            known = create(text);
            pinned.put(text, known);
        }
        return known;
    }

    /** The name of a text; valid until the next entry. */
    Name get(String text) {
        Name known = pinned.get(text);
        if (known == null) {
            known = met.get(text);
        }
        if (known == null) {
            known = create(text);
            met.put(text, known);
        }
        return known;
    }

    private Name create(String text) {
        int index = -1;
        for (int i = 0; i < stream.size(); i++) {
            if (stream.name(i).equals(text)) {
                index = i;
            }
        }
        return new Name(text, index, hints.isNeeded(text), hints.early(text));
    }

    /** Forgets what lines brought if that has become much. To be called between entries. */
    void trim() {
        if (met.size() > MAX_NAMES || rawKeys.count > MAX_NAMES || cleanKeys.count > MAX_NAMES) {
            Bound.FIELD_NAMES.hit();
            met.clear();
            rawKeys.clear();
            cleanKeys.clear();
            for (Name n : pinned.values()) {
                n.forgetExtracted();
            }
        }
    }

    int size() {
        return met.size();
    }

    /** The name that a key of a line becomes (§5, sanitising), or null if the key has no name. */
    @Nullable Name ofKey(byte[] b, int from, int to) {
        KeyCache.Slot slot = rawKeys.find(b, from, to);
        if (slot != null) {
            return slot.name;
        }
        String clean = LabelNames.sanitize(new String(b, from, to - from, StandardCharsets.UTF_8));
        Name name = clean.isEmpty() ? null : get(clean);
        if (to - from <= MAX_KEY) {
            rawKeys.put(b, from, to, name);
        }
        return name;
    }

    /** The name of bytes that are a clean name already. */
    Name ofClean(byte[] b, int from, int to) {
        KeyCache.Slot slot = cleanKeys.find(b, from, to);
        if (slot != null && slot.name != null) {
            return slot.name;
        }
        Name name = get(new String(b, from, to - from, StandardCharsets.UTF_8));
        if (to - from <= MAX_KEY) {
            cleanKeys.put(b, from, to, name);
        }
        return name;
    }

    /** A hash table from bytes to names. */
    private static final class KeyCache {
        private static final class Slot {
            final byte[] key;
            final @Nullable Name name;
            final int hash;
            final @Nullable Slot next;

            Slot(byte[] key, @Nullable Name name, int hash, @Nullable Slot next) {
                this.key = key;
                this.name = name;
                this.hash = hash;
                this.next = next;
            }
        }

        private @Nullable Slot[] slots = new Slot[64];
        int count;

        @Nullable Slot find(byte[] b, int from, int to) {
            int hash = hash(b, from, to);
            for (Slot s = slots[hash & (slots.length - 1)]; s != null; s = s.next) {
                if (s.hash == hash && Arrays.equals(s.key, 0, s.key.length, b, from, to)) {
                    return s;
                }
            }
            return null;
        }

        void put(byte[] b, int from, int to, @Nullable Name name) {
            if (count >= slots.length) {
                grow();
            }
            int hash = hash(b, from, to);
            int at = hash & (slots.length - 1);
            slots[at] = new Slot(Arrays.copyOfRange(b, from, to), name, hash, slots[at]);
            count++;
        }

        private void grow() {
            @Nullable Slot[] old = slots;
            slots = new Slot[2 * old.length];
            for (Slot head : old) {
                for (Slot s = head; s != null; s = s.next) {
                    int at = s.hash & (slots.length - 1);
                    slots[at] = new Slot(s.key, s.name, s.hash, slots[at]);
                }
            }
        }

        void clear() {
            slots = new Slot[64];
            count = 0;
        }

        private static int hash(byte[] b, int from, int to) {
            int h = to - from;
            for (int i = from; i < to; i++) {
                h = 31 * h + b[i];
            }
            return h ^ (h >>> 15);
        }
    }
}
