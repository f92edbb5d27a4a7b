package io.narfi.storage.block;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.page.ByteReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The strings of a block, in the order of their UTF-8 bytes; turned into strings when they are first wanted. Safe from any thread. */
final class SymbolTable {
    private final ByteReader section;
    private final FixedTable offsets;
    private final int textAt;
    private final int count;
    /** Written without a lock: strings are immutable, and it does no harm to make one twice. */
    private final @Nullable String[] cache;

    SymbolTable(ByteReader section) throws CorruptDataException {
        this.section = section;
        count = section.i32();
        if (count < 0 || count > section.remaining() / 4 - 1) {
            throw section.corrupt(count + " symbols");
        }
        offsets = new FixedTable(section, section.skip(4 * (count + 1)));
        textAt = section.position();
        cache = new String[count];
    }

    int count() {
        return count;
    }

    private int start(int symbol) throws CorruptDataException {
        int offset = offsets.i32(symbol, 4, 0);
        if (offset < 0 || offset > section.end() - textAt) {
            throw section.corrupt("symbol " + symbol + " at " + offset);
        }
        return textAt + offset;
    }

    String text(int symbol) throws CorruptDataException {
        if (symbol < 0 || symbol >= count) {
            throw section.corrupt("symbol " + symbol + " of " + count);
        }
        String text = cache[symbol];
        if (text == null) {
            int from = start(symbol);
            int to = start(symbol + 1);
            if (to < from) {
                throw section.corrupt("symbol " + symbol + " ends before it begins");
            }
            text = new String(section.array(), from, to - from, StandardCharsets.UTF_8);
            cache[symbol] = text;
        }
        return text;
    }

    /** The symbol with a text, -1 if there is none. */
    int find(String text) throws CorruptDataException {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int from = start(middle);
            int to = start(middle + 1);
            if (to < from) {
                throw section.corrupt("symbol " + middle + " ends before it begins");
            }
            int c = Arrays.compareUnsigned(section.array(), from, to, wanted, 0, wanted.length);
            if (c == 0) {
                return middle;
            }
            if (c < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }
}
