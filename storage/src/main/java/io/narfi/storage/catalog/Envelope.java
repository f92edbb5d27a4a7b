package io.narfi.storage.catalog;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The envelope of the catalog's objects; its layout is in the package documentation. */
final class Envelope {
    /** What kind of message an object holds, with its number in the envelope. */
    enum Kind {
        COMMIT(1),
        CHECKPOINT(2),
        LEASE(3),
        DELETE(4);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }
    }

    static final int HEADER_LENGTH = 16;
    private static final int MAGIC = 0x4e434154;
    private static final byte VERSION = 1;
    private static final int CRC_OFFSET = 12;

    private Envelope() {}

    static byte[] wrap(Kind kind, MessageLite message) {
        byte[] payload = message.toByteArray();
        ByteBuffer out = ByteBuffer.allocate(HEADER_LENGTH + payload.length);
        out.putInt(MAGIC).put(VERSION).put(kind.code).putShort((short) 0).putInt(payload.length).putInt(0).put(payload);
        out.putInt(CRC_OFFSET, crc(out.array()));
        return out.array();
    }

    /** @throws CatalogCorruptException if the bytes are not what {@link #wrap} gave for this kind */
    static <T extends MessageLite> T unwrap(String key, Kind kind, byte[] bytes, Parser<T> parser) throws CatalogCorruptException {
        if (bytes.length < HEADER_LENGTH) {
            throw new CatalogCorruptException(key + " is cut off: " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int magic = in.getInt();
        byte version = in.get();
        byte code = in.get();
        in.getShort();
        int length = in.getInt();
        int crc = in.getInt();
        if (magic != MAGIC) {
            throw new CatalogCorruptException(key + " has the wrong magic number " + Integer.toHexString(magic));
        }
        if (version != VERSION) {
            throw new CatalogCorruptException(key + " has format version " + version + ", this program reads " + VERSION);
        }
        if (code != kind.code) {
            throw new CatalogCorruptException(key + " is of kind " + code + ", expected " + kind.code);
        }
        if (length != bytes.length - HEADER_LENGTH) {
            throw new CatalogCorruptException(key + " should have " + length + " bytes after its header, it has " + (bytes.length - HEADER_LENGTH));
        }
        int actual = crc(bytes);
        if (actual != crc) {
            throw new CatalogCorruptException(key + " has CRC32C " + Integer.toHexString(actual) + ", written was " + Integer.toHexString(crc));
        }
        try {
            return parser.parseFrom(bytes, HEADER_LENGTH, length);
        } catch (InvalidProtocolBufferException e) {
            throw new CatalogCorruptException(key + " is not a message: " + e.getMessage(), e);
        }
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CRC_OFFSET);
        crc.update(bytes, HEADER_LENGTH, bytes.length - HEADER_LENGTH);
        return (int) crc.getValue();
    }
}
