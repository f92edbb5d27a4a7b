package io.narfi.storage.object;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names for files that are being written, in a folder shared by any number of processes: each has a folder of its own below it, {@code
 * <uuid>/}, and holds a lock on {@code <uuid>.lock} as long as it lives. Who opens the shared folder removes the folders whose owner is
 * dead. {@code open.lock} serialises that.
 */
final class TemporaryFiles implements AutoCloseable {
    private static final String LOCK_SUFFIX = ".lock";
    private static final String OPEN_LOCK = "open.lock";

    /**
     * The lock files that this process holds. They must not even be opened a second time: closing any descriptor of a file drops all
     * of a process's POSIX locks on it. Guarded by the class.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path folder;
    private final Path lockFile;
    private final FileChannel lockChannel;
    private final AtomicLong count = new AtomicLong();

    private TemporaryFiles(Path folder, Path lockFile, FileChannel lockChannel) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.lockChannel = lockChannel;
    }

    static TemporaryFiles open(Path shared) throws IOException {
        synchronized (TemporaryFiles.class) {
            Files.createDirectories(shared);
            try (FileChannel openLock = openLockFile(shared.resolve(OPEN_LOCK))) {
                FileLock serialised = openLock.lock();
                try {
                    removeOfDead(shared);
                    return create(shared);
                } finally {
                    serialised.release();
                }
            }
        }
    }

    private static TemporaryFiles create(Path shared) throws IOException {
        String id = UUID.randomUUID().toString();
        Path lockFile = shared.resolve(id + LOCK_SUFFIX);
        FileChannel channel = openLockFile(lockFile);
        try {
            channel.lock();
            HELD.add(lockFile);
            TemporaryFiles result = new TemporaryFiles(Files.createDirectory(shared.resolve(id)), lockFile, channel);
            result.probeLinks();
            return result;
        } catch (IOException | RuntimeException e) {
            HELD.remove(lockFile);
            channel.close();
            throw e;
        }
    }

    private void probeLinks() throws IOException {
        Path file = Files.createFile(next());
        Path link = next();
        try {
            Files.createLink(link, file);
        } catch (IOException | UnsupportedOperationException e) {
            throw new ObjectStoreException("the file system of " + folder + " has no hard links, which the object store needs", e, false);
        } finally {
            Files.deleteIfExists(link);
            Files.deleteIfExists(file);
        }
    }

    private static void removeOfDead(Path shared) throws IOException {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(shared, "*" + LOCK_SUFFIX)) {
            for (Path lockFile : locks) {
                String name = lockFile.getFileName().toString();
                if (name.equals(OPEN_LOCK) || HELD.contains(lockFile)) {
                    continue;
                }
                try (FileChannel channel = openLockFile(lockFile)) {
                    if (channel.tryLock() != null) {
                        remove(shared.resolve(name.substring(0, name.length() - LOCK_SUFFIX.length())), lockFile);
                    }
                }
            }
        }
    }

    private static void remove(Path folder, Path lockFile) throws IOException {
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        Files.deleteIfExists(lockFile);
    }

    private static FileChannel openLockFile(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** A name that no other call gets; the file is not there yet. */
    Path next() {
        return folder.resolve(Long.toString(count.incrementAndGet()));
    }

    /** Gives the lock up; files left behind go when the shared folder is opened next. */
    @Override
    public void close() {
        synchronized (TemporaryFiles.class) {
            if (!HELD.remove(lockFile)) {
                return;
            }
            try (lockChannel) {
                remove(folder, lockFile);
            } catch (IOException e) {
                // Harmless: the next open removes the rest, and the lock ends with the process at the latest.
                System.getLogger(TemporaryFiles.class.getName()).log(System.Logger.Level.WARNING, "cannot remove " + folder, e);
            }
        }
    }
}
