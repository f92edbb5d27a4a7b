package io.narfi.storage.cache;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The file of a piece, as the package specifies it. Plain streams: an interrupt of the reader must not close what it reads. */
final class PieceFile {
    private static final long MAGIC = 0x4e52464341434831L;
    private static final int CRC_OFFSET = 8;
    private static final int CHECKED_OFFSET = 12;
    private static final int KEY_OFFSET = 34;

    private PieceFile() {}

    /** Bytes of the file of a piece. */
    static int length(Piece piece) {
        return KEY_OFFSET + piece.key().length() + piece.length();
    }

    static void write(Path file, Piece piece, byte[] bytes) throws IOException {
        byte[] header = header(piece);
        CRC32C crc = new CRC32C();
        crc.update(header, CHECKED_OFFSET, header.length - CHECKED_OFFSET);
        crc.update(bytes);
        ByteBuffer.wrap(header).putInt(CRC_OFFSET, (int) crc.getValue());
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            out.write(header);
            out.write(bytes);
        }
    }

    /** @throws CorruptFileException if the file holds anything but this piece */
    static byte[] read(Path file, Piece piece) throws IOException {
        byte[] expected = header(piece);
        byte[] bytes = new byte[piece.length()];
        byte[] header = new byte[expected.length];
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            if (in.readNBytes(header, 0, header.length) < header.length
                    || in.readNBytes(bytes, 0, bytes.length) < bytes.length
                    || in.read() >= 0) {
                throw new CorruptFileException(file, "wrong length");
            }
        }
        int stored = ByteBuffer.wrap(header).getInt(CRC_OFFSET);
        CRC32C crc = new CRC32C();
        crc.update(header, CHECKED_OFFSET, header.length - CHECKED_OFFSET);
        crc.update(bytes);
        if (stored != (int) crc.getValue()) {
            throw new CorruptFileException(file, "wrong checksum");
        }
        ByteBuffer.wrap(header).putInt(CRC_OFFSET, 0);
        if (!Arrays.equals(header, expected)) {
            throw new CorruptFileException(file, "another piece");
        }
        return bytes;
    }

    /** With a checksum of 0. */
    private static byte[] header(Piece piece) {
        byte[] key = piece.key().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(KEY_OFFSET + key.length)
                .putLong(MAGIC)
                .putInt(0)
                .putLong(piece.objectSize())
                .putLong(piece.offset())
                .putInt(piece.length())
                .putShort((short) key.length)
                .put(key)
                .array();
    }
}
