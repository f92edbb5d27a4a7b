package io.narfi.storage.block;

import io.narfi.storage.page.ByteReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Random access to entries of a fixed length in a section. The caller has checked that the whole table lies inside. */
final class FixedTable {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final int at;

    FixedTable(ByteReader section, int at) {
        this.bytes = section.array();
        this.at = at;
    }

    /** The number at an offset in an entry. */
    int i32(int entry, int entryBytes, int offset) {
        return (int) INT.get(bytes, at + entry * entryBytes + offset);
    }

    long i64(int entry) {
        return (long) LONG.get(bytes, at + entry * Long.BYTES);
    }
}
