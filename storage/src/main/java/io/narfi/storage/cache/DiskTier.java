package io.narfi.storage.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Pieces in files, as the package specifies them. */
final class DiskTier implements AutoCloseable {
    private static final String WHOLE_NAME = "whole";
    private static final int HASH_DIGITS = 32;

    /** No piece makes a larger file. */
    private static final long MAX_FILE_BYTES = 2L * CachedObjects.MAX_WHOLE_BYTES;

    private static final class PieceNames implements CacheFolder.Names<Piece.Id> {
        @Override
        public String of(Piece.Id id) {
            return folderOf(id) + "/" + (id.number() == Piece.WHOLE ? WHOLE_NAME : Integer.toString(id.number()));
        }

        @Override
        public Piece.@Nullable Id parse(Path name) {
            String hash = name.getName(name.getNameCount() - 2).toString();
            String piece = name.getFileName().toString();
            try {
                int number = piece.equals(WHOLE_NAME) ? Piece.WHOLE : Integer.parseInt(piece);
                if (hash.length() != HASH_DIGITS || number < Piece.WHOLE) {
                    return null;
                }
                return new Piece.Id(HexFormat.fromHexDigitsToLong(hash, 0, 16), HexFormat.fromHexDigitsToLong(hash, 16, HASH_DIGITS), number);
            } catch (IllegalArgumentException e) {
                // Not a name of ours: a temporary file, or something that a person put there.
                return null;
            }
        }
    }

    private final CacheFolder<Piece.Id> files;

    /** @throws IOException if the folder cannot be made or read, or is another process's */
    DiskTier(Path folder, long maxBytes, FolderMetrics metrics) throws IOException {
        this.files = new CacheFolder<>(folder, maxBytes, MAX_FILE_BYTES, new PieceNames(), metrics);
    }

    private static String folderOf(Piece.Id id) {
        HexFormat hex = HexFormat.of();
        String hash = hex.toHexDigits(id.hashHigh()) + hex.toHexDigits(id.hashLow());
        return hash.substring(0, 2) + "/" + hash;
    }

    /** The bytes of a piece, or null if they are not here (any more). */
    byte @Nullable [] read(Piece piece) {
        return files.read(piece.id(), file -> PieceFile.read(file, piece));
    }

    /** Keeps a piece, if the disk lets us. */
    void write(Piece piece, byte[] bytes) {
        files.write(piece.id(), PieceFile.length(piece), file -> PieceFile.write(file, piece, bytes));
    }

    /** Forgets all pieces of an object. */
    void invalidate(Piece.Id object) {
        files.dropFolder(folderOf(object));
    }

    boolean contains(Piece.Id id) {
        return files.contains(id);
    }

    /** Bytes of all files, in whole blocks. */
    long bytes() {
        return files.bytes();
    }

    /** The bound in force. */
    long maxBytes() {
        return files.maxBytes();
    }

    /** Gives the folder up; the copies stay for the next process. */
    @Override
    public void close() {
        files.close();
    }
}
