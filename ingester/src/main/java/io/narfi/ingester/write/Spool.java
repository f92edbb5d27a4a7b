package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.segment.SegmentId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Segments on the local disk that wait for the store: a folder with one file a segment, bounded in bytes. A file counts once it is
 * synced under its final name and its folder is synced; before that it has the suffix {@code .tmp} and, being of no acknowledged push,
 * is deleted at the next start. A file whose bytes do not fit the checksum in its name is moved to {@code quarantine/} and counted; it stays
 * there, within the bound, for someone to look at.
 *
 * <p>One process owns the folder, by a lock on the file {@code lock}. Safe from any thread.
 */
public final class Spool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
    private static final String TEMPORARY = ".tmp";
    private static final String QUARANTINE = "quarantine";
    private static final String LOCK = "lock";

    private final Path folder;
    private final long maxBytes;
    private final FileChannel lockChannel;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final PriorityQueue<SpoolFile> files = new PriorityQueue<>(Comparator.comparing(SpoolFile::id));
    private long usedBytes;

    private final Counter written;
    private final Counter refused;
    private final Counter failed;
    private final Counter drained;
    private final Counter quarantined;
    private final Counter lost;

    private Spool(Path folder, long maxBytes, FileChannel lockChannel, MeterRegistry registry) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.lockChannel = lockChannel;
        Gauge.builder("narfi_ingester_spool_bytes", this, Spool::usedBytes)
                .description("Bytes in the spool, those in quarantine included")
                .register(registry);
        Gauge.builder("narfi_ingester_spool_max_bytes", this, s -> s.maxBytes).register(registry);
        Gauge.builder("narfi_ingester_spool_segments", this, Spool::size)
                .description("Segments that wait for the store")
                .register(registry);
        written = counter("written", registry);
        refused = counter("full", registry);
        failed = counter("failed", registry);
        drained = counter("drained", registry);
        quarantined = counter("quarantined", registry);
        lost = counter("lost", registry);
    }

    private static Counter counter(String event, MeterRegistry registry) {
        return Counter.builder("narfi_ingester_spool_events_total").tag("event", event).register(registry);
    }

    /**
     * Opens a folder, makes it if need be, and finds what an earlier process left.
     *
     * @param maxBytes bytes of all files together
     * @throws IOException if it cannot be used, or another process uses it
     */
    public static Spool open(Path folder, long maxBytes, MeterRegistry registry) throws IOException {
        requireNonNull(folder, "folder is null");
        requireNonNull(registry, "registry is null");
        Files.createDirectories(folder.resolve(QUARANTINE));
        FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!locked(channel)) {
                throw new IOException("the spool " + folder + " is in use by another process");
            }
            Spool spool = new Spool(folder, maxBytes, channel, registry);
            spool.scan();
            return spool;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock fileLock = channel.tryLock();
            return fileLock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private void scan() throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path path : all) {
                String name = path.getFileName().toString();
                if (name.endsWith(TEMPORARY)) {
                    Files.delete(path);
                    continue;
                }
                SpoolFile file = SpoolFile.parse(path);
                if (file != null) {
                    files.add(file);
                    usedBytes += Files.size(path);
                } else if (!name.equals(LOCK) && !name.equals(QUARANTINE)) {
                    LOG.warn("the spool has a file that is not ours: {}", path);
                }
            }
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder.resolve(QUARANTINE))) {
            for (Path path : all) {
                usedBytes += Files.size(path);
            }
        }
        if (!files.isEmpty()) {
            LOG.info("the spool holds {} segments of an earlier run, {} bytes", files.size(), usedBytes);
        }
    }

    /**
     * Writes a segment; when it returns true the bytes survive a crash.
     *
     * @return false if there is no room
     * @throws IOException if the disk failed; nothing is left of it then
     */
    boolean write(SegmentId id, ObjectContent content) throws IOException {
        if (!(content instanceof ObjectContent.Buffers buffers)) {
            throw new IllegalArgumentException("only segments in memory are spooled");
        }
        long length = content.length();
        if (!reserve(length)) {
            refused.increment();
            return false;
        }
        boolean done = false;
        try {
            CRC32C crc = new CRC32C();
            for (ByteBuffer b : buffers.buffers()) {
                crc.update(b.duplicate());
            }
            SpoolFile file = SpoolFile.in(folder, id, length, (int) crc.getValue());
            Path temporary = folder.resolve(file.path().getFileName() + TEMPORARY);
            try {
                writeSynced(temporary, buffers);
                Files.move(temporary, file.path(), StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                Files.deleteIfExists(temporary);
                throw e;
            }
            try {
                syncFolder();
            } catch (IOException e) {
                // It may or may not survive a crash, so the push is told that it failed, and the file must not be found by a later start.
                Files.deleteIfExists(file.path());
                throw e;
            }
            add(file);
            done = true;
            written.increment();
            return true;
        } finally {
            if (!done) {
                failed.increment();
                release(length);
            }
        }
    }

    private static void writeSynced(Path path, ObjectContent.Buffers content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (ByteBuffer b : content.buffers()) {
                ByteBuffer rest = b.duplicate();
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
            channel.force(true);
        }
    }

    private void syncFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private boolean reserve(long bytes) {
        lock.lock();
        try {
            if (bytes > maxBytes - usedBytes) {
                return false;
            }
            usedBytes += bytes;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void release(long bytes) {
        lock.lock();
        try {
            usedBytes -= bytes;
        } finally {
            lock.unlock();
        }
    }

    private void add(SpoolFile file) {
        lock.lock();
        try {
            files.add(file);
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The oldest segment, which stays in the spool; waits for one. */
    SpoolFile first() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                SpoolFile file = files.peek();
                if (file != null) {
                    return file;
                }
                added.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Deletes a segment that is in the store. The folder is synced, so that the file does not come back after a crash when the object may
     * be long consumed and deleted.
     */
    void stored(SpoolFile file) throws IOException {
        Files.deleteIfExists(file.path());
        syncFolder();
        forget(file);
        release(file.length());
        drained.increment();
    }

    /** Moves a file aside that does not hold what was written. */
    void quarantine(SpoolFile file) throws IOException {
        Files.move(
                file.path(), folder.resolve(QUARANTINE).resolve(file.path().getFileName()), StandardCopyOption.REPLACE_EXISTING);
        syncFolder();
        forget(file);
        quarantined.increment();
        LOG.error("the spooled segment {} is damaged and was moved to {}/", file.path(), QUARANTINE);
    }

    /** Counts a segment whose file someone else removed. */
    void lost(SpoolFile file) {
        forget(file);
        release(file.length());
        lost.increment();
        LOG.error("the spooled segment {} is gone, and not by us", file.path());
    }

    private void forget(SpoolFile file) {
        lock.lock();
        try {
            files.remove(file);
        } finally {
            lock.unlock();
        }
    }

    /** Segments that wait for the store. */
    public int size() {
        lock.lock();
        try {
            return files.size();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of all files. */
    public long usedBytes() {
        lock.lock();
        try {
            return usedBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Leaves the folder to the next process; files stay. */
    @Override
    public void close() throws IOException {
        lockChannel.close();
    }
}
