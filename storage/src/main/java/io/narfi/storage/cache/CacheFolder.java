package io.narfi.storage.cache;

import static java.util.Objects.requireNonNull;

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
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of a cache, in a folder that belongs to one process. The index knows names and sizes and decides what goes; a file without an entry is not read,
 * an entry without a file is a miss. It is in memory, and rebuilt at start from names and sizes alone. Nothing here fails a read: what goes wrong with the
 * disk is counted and is a miss. Safe from any thread.
 *
 * @param <K> what names a file
 */
final class CacheFolder<K> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheFolder.class);
    private static final String TEMPORARY = ".tmp";
    private static final int BLOCK = 4096;

    /** Folders in the folder have names of so many letters, so that what a person or a file system puts there is left alone. */
    private static final int FIRST_NAME = 2;

    /** When the disk has less than this besides the cache, it counts as full. */
    private static final long FULL_BYTES = 1 << 20;

    /** Names of files, relative to the folder: a folder of two letters, maybe another one, the file. */
    interface Names<K> {
        String of(K key);

        /** The key of a name, or null if it is none. */
        @Nullable K parse(Path name);
    }

    /** Reads a file. */
    @FunctionalInterface
    interface Reading {
        /** @throws CorruptFileException if it is not what it should be */
        byte[] read(Path file) throws IOException;
    }

    /** Writes a file. */
    @FunctionalInterface
    interface Writing {
        void write(Path file) throws IOException;
    }

    private final Path folder;
    private final long maxFileBytes;
    private final Names<K> names;
    private final FolderMetrics metrics;
    private final FileChannel lock;
    private final Cache<K, Integer> index;
    private final AtomicLong temporary = new AtomicLong();

    /**
     * @param maxBytes of all files, in whole blocks
     * @param maxFileBytes a larger file is none of ours
     * @throws IOException if the folder cannot be made or read, or is another process's
     */
    CacheFolder(Path folder, long maxBytes, long maxFileBytes, Names<K> names, FolderMetrics metrics) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.maxFileBytes = maxFileBytes;
        this.names = requireNonNull(names, "names is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.lock = lock(folder.resolve("lock"));
        this.index = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((K key, Integer bytes) -> bytes)
                .executor(Runnable::run)
                // Inside the index's own update of the entry, so that no file vanishes that a later write of the same one made.
                .evictionListener((@Nullable K key, @Nullable Integer bytes, RemovalCause cause) -> {
                    if (key != null) {
                        metrics.evictions().increment();
                        delete(key);
                    }
                })
                .build();
        try {
            for (Path first : children(folder)) {
                if (Files.isDirectory(first) && first.getFileName().toString().length() == FIRST_NAME) {
                    takeUp(first);
                }
            }
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
    private void takeUp(Path of) throws IOException {
        for (Path child : children(of)) {
            if (Files.isDirectory(child)) {
                takeUp(child);
                removeIfEmpty(child);
                continue;
            }
            K key = names.parse(folder.relativize(child));
            long size = Files.size(child);
            if (key != null && size <= maxFileBytes) {
                index.put(key, weight(size));
            } else {
                Files.deleteIfExists(child);
            }
        }
    }

    private static List<Path> children(Path of) throws IOException {
        try (Stream<Path> all = Files.list(of)) {
            return all.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The content of a file, or null if it is not here (any more). */
    byte @Nullable [] read(K key, Reading reading) {
        if (!contains(key)) {
            return null;
        }
        try {
            return reading.read(file(key));
        } catch (FileNotFoundException e) {
            // Evicted since the index was asked, or deleted by a person; a concurrent write may just have brought it back.
            index.asMap().computeIfPresent(key, (k, bytes) -> Files.exists(file(k)) ? bytes : null);
        } catch (CorruptFileException e) {
            metrics.corrupt().increment();
            LOG.warn("dropping a bad file of the cache: {}", e.getMessage());
            drop(key);
        } catch (IOException e) {
            metrics.readErrors().increment();
            LOG.warn("cannot read a file of the cache: {}", e.toString());
            drop(key);
        }
        return null;
    }

    /**
     * Keeps a file, if the disk lets us. It is written aside and renamed; it is not fsynced, for what a power cut tears its checksum finds.
     *
     * @param bytes its length
     */
    void write(K key, long bytes, Writing writing) {
        Path target = file(key);
        Path file = target.resolveSibling(target.getFileName() + "." + temporary.incrementAndGet() + TEMPORARY);
        try {
            Files.createDirectories(target.getParent());
            try {
                writing.write(file);
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(file);
            }
            index.put(key, weight(bytes));
        } catch (IOException e) {
            metrics.writeErrors().increment();
            LOG.debug("cannot keep a file in the cache", e);
            shrinkIfFull();
        }
    }

    /** A disk that is full before the bound is reached lowers the bound, or the cache would keep what it has for ever. */
    private void shrinkIfFull() {
        try {
            if (Files.getFileStore(folder).getUsableSpace() < FULL_BYTES) {
                long lower = bytes() / 10 * 9;
                LOG.warn("the disk of {} is full: lowering the cache's bound from {} to {} bytes", folder, maxBytes(), lower);
                policy().setMaximum(lower);
            }
        } catch (IOException e) {
            metrics.writeErrors().increment();
            LOG.debug("cannot ask for free space", e);
        }
    }

    /** Drops all files of a folder within this one. */
    void dropFolder(String name) {
        Path of = folder.resolve(name);
        if (!Files.isDirectory(of)) {
            return;
        }
        try {
            for (Path file : children(of)) {
                K key = names.parse(folder.relativize(file));
                if (key != null) {
                    drop(key);
                }
            }
        } catch (NoSuchFileException e) {
            // Its last file was evicted meanwhile.
            return;
        } catch (IOException e) {
            metrics.deleteErrors().increment();
            LOG.debug("cannot list {}", of, e);
        }
    }

    void drop(K key) {
        index.asMap().compute(key, (k, bytes) -> {
            delete(k);
            return null;
        });
    }

    private void delete(K key) {
        Path file = file(key);
        try {
            Files.deleteIfExists(file);
            Path of = requireNonNull(file.getParent());
            if (!folder.equals(of.getParent())) {
                removeIfEmpty(of);
            }
        } catch (IOException e) {
            metrics.deleteErrors().increment();
            LOG.debug("cannot delete a file of the cache", e);
        }
    }

    private static void removeIfEmpty(Path of) throws IOException {
        try {
            Files.deleteIfExists(of);
        } catch (DirectoryNotEmptyException e) {
            // There are more files: nothing to remove.
            return;
        }
    }

    boolean contains(K key) {
        return index.getIfPresent(key) != null;
    }

    /** Bytes of all files, in whole blocks. */
    long bytes() {
        return policy().weightedSize().orElse(0);
    }

    /** The bound in force. */
    long maxBytes() {
        return policy().getMaximum();
    }

    private Policy.Eviction<K, Integer> policy() {
        return index.policy().eviction().orElseThrow();
    }

    private static int weight(long bytes) {
        return Math.toIntExact((bytes + BLOCK - 1) / BLOCK * BLOCK);
    }

    private Path file(K key) {
        return folder.resolve(names.of(key));
    }

    /** Gives the folder up; the files stay for the next process. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("cannot close the lock of {}", folder, e);
        }
    }
}
