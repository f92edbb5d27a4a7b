package io.narfi.storage.page;

import io.narfi.common.Labels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The distinct sets of structured metadata of a page that is being built. The set of the row before is tried first, which is
 * the common case: most rows of a push share a handful of sets.
 */
final class MetadataDictionary {
    private final Map<Labels, Integer> ids = new HashMap<>();
    private final Map<String, Integer> stringIds = new HashMap<>();
    private Labels[] sets = new Labels[16];
    private int[] counted = new int[16];
    private int size;
    private int bytes;
    private boolean anyPair;
    private @Nullable Labels last;
    private int lastId;

    int size() {
        return size;
    }

    /** Bytes of names and values, each distinct set once. */
    int bytes() {
        return bytes;
    }

    /** Whether any set has a pair; if none has, a page needs no metadata column. */
    boolean anyPair() {
        return anyPair;
    }

    /** Bytes of a set without {@code detected_level}. */
    int countedBytes(int id) {
        return counted[id];
    }

    boolean contains(Labels set) {
        return set.equals(last) || ids.containsKey(set);
    }

    int id(Labels set) {
        if (set.equals(last)) {
            return lastId;
        }
        Integer known = ids.get(set);
        int id = known != null ? known : add(set);
        last = set;
        lastId = id;
        return id;
    }

    private int add(Labels set) {
        int setBytes = PageLimits.metadataBytes(set);
        if (setBytes > PageLimits.MAX_ROW_METADATA_BYTES) {
            throw new IllegalArgumentException(
                    "structured metadata of " + setBytes + " bytes, at most " + PageLimits.MAX_ROW_METADATA_BYTES + " fit");
        }
        int id = size++;
        if (id == sets.length) {
            sets = Arrays.copyOf(sets, 2 * id);
            counted = Arrays.copyOf(counted, 2 * id);
        }
        sets[id] = set;
        counted[id] = PageLimits.countedMetadataBytes(set);
        bytes += setBytes;
        anyPair |= !set.isEmpty();
        ids.put(set, id);
        return id;
    }

    void clear() {
        ids.clear();
        Arrays.fill(sets, 0, size, null);
        size = 0;
        bytes = 0;
        anyPair = false;
        last = null;
    }

    /** Writes the dictionary as the package documentation lays it out. */
    void encode(ByteWriter out) {
        stringIds.clear();
        ByteWriter codes = new ByteWriter(1024);
        ByteWriter lengths = new ByteWriter(1024);
        ByteWriter text = new ByteWriter(bytes + 64);
        codes.varint(size);
        for (int i = 0; i < size; i++) {
            Labels set = sets[i];
            codes.varint(set.size());
            for (int pair = 0; pair < set.size(); pair++) {
                code(set.name(pair), codes, lengths, text);
                code(set.value(pair), codes, lengths, text);
            }
        }
        out.varint(stringIds.size());
        out.bytes(lengths.array(), 0, lengths.size());
        out.bytes(text.array(), 0, text.size());
        out.bytes(codes.array(), 0, codes.size());
        stringIds.clear();
    }

    private void code(String s, ByteWriter codes, ByteWriter lengths, ByteWriter text) {
        Integer id = stringIds.putIfAbsent(s, stringIds.size());
        if (id != null) {
            codes.varint(id + 1L);
            return;
        }
        byte[] encoded = s.getBytes(StandardCharsets.UTF_8);
        codes.u8(0);
        lengths.varint(encoded.length);
        text.bytes(encoded);
    }
}
