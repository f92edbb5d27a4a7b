package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A folder for temporary files that belongs to one process at a time; what a dead one left is deleted at start. Safe from any thread. */
public final class WorkingDirectory implements AutoCloseable {
    private static final String SUFFIX = ".compaction";
    private static final String LOCK_FILE = "compactor.lock";

    /**
     * Folders in use by this process. Their lock files must not even be opened a second time: closing any descriptor of a file drops all of a
     * process's POSIX locks on it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lockFile;

    private WorkingDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** @throws IOException if the folder cannot be made, or another compactor works in it */
    public static WorkingDirectory open(Path folder) throws IOException {
        Path path = Files.createDirectories(requireNonNull(folder, "folder is null")).toRealPath();
        if (!HELD.add(path)) {
            throw new IOException("another compactor of this process works in " + path);
        }
        try {
            FileChannel lockFile = FileChannel.open(path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (lockFile.tryLock() == null) {
                    throw new IOException("another process compacts in " + path);
                }
                clean(path);
                return new WorkingDirectory(path, lockFile);
            } catch (IOException e) {
                lockFile.close();
                throw e;
            }
        } catch (IOException e) {
            HELD.remove(path);
            throw e;
        }
    }

    private static void clean(Path path) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(path, "*" + SUFFIX)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
    }

    /** The path of a file that does not exist yet; whoever asks for it deletes it. */
    public Path newFile(String name) {
        return path.resolve(name + SUFFIX);
    }

    /** Lets other processes in; the lock ends with the file. */
    @Override
    public void close() throws IOException {
        lockFile.close();
        HELD.remove(path);
    }
}
