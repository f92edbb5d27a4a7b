package io.narfi.fuzz;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.ByteWriter;
import io.narfi.storage.page.PageDecoder;

/** A column of a page: which one and how many rows in the first two bytes, and behind them its bytes, to which a checksum is added. */
public final class PageTarget {
    private PageTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length < 2) {
            return;
        }
        int rows = data[1] & 0xff;
        ByteWriter out = new ByteWriter(data.length + 4);
        out.bytes(data, 2, data.length - 2);
        out.crcFrom(0);
        ByteReader column = new ByteReader("key", "column", 0, out.array(), 0, out.size());
        try {
            switch (data[0] & 3) {
                case 0 -> require(PageDecoder.timestamps(column, rows).length == rows);
                case 1 -> require(PageDecoder.offsets(column, rows, 100 * rows).length == rows + 1);
                case 2 -> {
                    PageDecoder.Metadata metadata = PageDecoder.metadata(column, rows);
                    if (metadata != null) {
                        for (int id : metadata.ids()) {
                            require(id >= 0 && id < metadata.sets().length);
                        }
                    }
                }
                default -> require(PageDecoder.lines(column, 100 * rows).length == 100 * rows);
            }
        } catch (CorruptDataException refused) {
            // as it should be
        }
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new AssertionError("a column does not fit its page");
        }
    }
}
