package io.narfi.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pieces in files. The index knows names and sizes and decides what goes; a file without an entry is not read, an entry without a file
 * is a miss. Nothing here fails a read: what goes wrong with the disk is counted and is a miss.
 */
final class DiskTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);
    private static final String WHOLE_NAME = "whole";
    private static final String TEMPORARY = ".tmp";
    private static final int BLOCK = 4096;

    /** No piece makes a larger file. */
    private static final long MAX_FILE_BYTES = 2L * CachedObjects.MAX_WHOLE_BYTES;

    /** When the disk has less than this besides the cache, it counts as full. */
    private static final long FULL_BYTES = 1 << 20;

    private final Path folder;
    private final CacheMetrics metrics;
    private final FileChannel lock;
    private final Cache<Piece.Id, Integer> index;
    private final AtomicLong temporary = new AtomicLong();

    /** @throws IOException if the folder cannot be made or read, or is another process's */
    DiskTier(Path folder, long maxBytes, CacheMetrics metrics) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.metrics = metrics;
        this.lock = lock(folder.resolve("lock"));
        this.index = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Piece.Id id, Integer bytes) -> bytes)
                .executor(Runnable::run)
                // Inside the index's own update of the entry, so that no file vanishes that a later write of the same piece made.
                .evictionListener((Piece.@Nullable Id id, @Nullable Integer bytes, RemovalCause cause) -> {
                    if (id != null) {
                        metrics.diskEvictions.increment();
                        deleteFile(id);
                    }
                })
                .build();
        try {
            rebuild();
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException("the cache folder is in use by this process already: " + file.getParent(), e);
        }
        channel.close();
        throw new IOException("the cache folder is in use by another process: " + file.getParent());
    }

    /** Takes up what an earlier process left, and removes what is none of ours or was not finished. */
    private void rebuild() throws IOException {
        for (Path first : children(folder)) {
            if (!Files.isDirectory(first) || first.getFileName().toString().length() != 2) {
                continue;
            }
            for (Path object : children(first)) {
                for (Path file : children(object)) {
                    Piece.Id id = parse(object.getFileName().toString(), file.getFileName().toString());
                    long size = Files.size(file);
                    if (id != null && size <= MAX_FILE_BYTES) {
                        index.put(id, weight(size));
                    } else {
                        Files.deleteIfExists(file);
                    }
                }
                removeIfEmpty(object);
            }
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Piece.@Nullable Id parse(String hash, String name) {
        try {
            int number = name.equals(WHOLE_NAME) ? Piece.WHOLE : Integer.parseInt(name);
            if (hash.length() != 32 || number < Piece.WHOLE) {
                return null;
            }
            return new Piece.Id(HexFormat.fromHexDigitsToLong(hash, 0, 16), HexFormat.fromHexDigitsToLong(hash, 16, 32), number);
        } catch (IllegalArgumentException e) {
            // Not a name of ours: a temporary file, or something that a person put there.
            return null;
        }
    }

    /** The bytes of a piece, or null if they are not here (any more). */
    byte @Nullable [] read(Piece piece) {
        if (index.getIfPresent(piece.id()) == null) {
            return null;
        }
        try {
            return PieceFile.read(file(piece.id()), piece);
        } catch (FileNotFoundException e) {
            // Evicted since the index was asked, or deleted by a person; a concurrent write may just have brought it back.
            index.asMap().computeIfPresent(piece.id(), (id, bytes) -> Files.exists(file(id)) ? bytes : null);
        } catch (PieceFile.CorruptException e) {
            metrics.corrupt.increment();
            LOG.warn("dropping a bad copy: {}", e.getMessage());
            drop(piece.id());
        } catch (IOException e) {
            metrics.readErrors.increment();
            LOG.warn("cannot read a copy: {}", e.toString());
            drop(piece.id());
        }
        return null;
    }

    /** Keeps a piece, if the disk lets us. */
    void write(Piece piece, byte[] bytes) {
        Path target = file(piece.id());
        Path file = target.resolveSibling(target.getFileName() + "." + temporary.incrementAndGet() + TEMPORARY);
        try {
            Files.createDirectories(folder(piece.id()));
            try {
                PieceFile.write(file, piece, bytes);
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(file);
            }
            index.put(piece.id(), weight(PieceFile.length(piece)));
        } catch (IOException e) {
            metrics.writeErrors.increment();
            LOG.debug("cannot keep a copy", e);
            shrinkIfFull();
        }
    }

    /** A disk that is full before the bound is reached lowers the bound, or the cache would keep what it has for ever. */
    private void shrinkIfFull() {
        try {
            if (Files.getFileStore(folder).getUsableSpace() < FULL_BYTES) {
                Policy.Eviction<Piece.Id, Integer> eviction = index.policy().eviction().orElseThrow();
                long lower = eviction.weightedSize().orElse(0) / 10 * 9;
                LOG.warn("the cache's disk is full: lowering the cache's bound from {} to {} bytes", eviction.getMaximum(), lower);
                eviction.setMaximum(lower);
            }
        } catch (IOException e) {
            metrics.writeErrors.increment();
            LOG.debug("cannot ask for free space", e);
        }
    }

    /** Forgets all pieces of an object. */
    void invalidate(Piece.Id object) {
        Path objectFolder = folder(object);
        if (!Files.isDirectory(objectFolder)) {
            return;
        }
        try {
            for (Path file : children(objectFolder)) {
                Piece.Id id = parse(objectFolder.getFileName().toString(), file.getFileName().toString());
                if (id != null) {
                    drop(id);
                }
            }
        } catch (NoSuchFileException e) {
            // Its last piece was evicted meanwhile.
            return;
        } catch (IOException e) {
            metrics.deleteErrors.increment();
            LOG.debug("cannot list {}", objectFolder, e);
        }
    }

    private void drop(Piece.Id id) {
        index.asMap().compute(id, (key, bytes) -> {
            deleteFile(id);
            return null;
        });
    }

    private void deleteFile(Piece.Id id) {
        try {
            Files.deleteIfExists(file(id));
            removeIfEmpty(folder(id));
        } catch (IOException e) {
            metrics.deleteErrors.increment();
            LOG.debug("cannot delete a copy", e);
        }
    }

    private static void removeIfEmpty(Path objectFolder) throws IOException {
        try {
            Files.deleteIfExists(objectFolder);
        } catch (DirectoryNotEmptyException e) {
            // There are more pieces of the object: nothing to remove.
            return;
        }
    }

    boolean contains(Piece.Id id) {
        return index.getIfPresent(id) != null;
    }

    /** Bytes of all files, in whole blocks. */
    long bytes() {
        return index.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    /** The bound in force. */
    long maxBytes() {
        return index.policy().eviction().orElseThrow().getMaximum();
    }

    private static int weight(long bytes) {
        return Math.toIntExact((bytes + BLOCK - 1) / BLOCK * BLOCK);
    }

    private Path folder(Piece.Id id) {
        HexFormat hex = HexFormat.of();
        String hash = hex.toHexDigits(id.hashHigh()) + hex.toHexDigits(id.hashLow());
        return folder.resolve(hash.substring(0, 2)).resolve(hash);
    }

    private Path file(Piece.Id id) {
        return folder(id).resolve(id.number() == Piece.WHOLE ? WHOLE_NAME : Integer.toString(id.number()));
    }

    /** Gives the folder up; the copies stay for the next process. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("cannot close the lock of {}", folder, e);
        }
    }
}
