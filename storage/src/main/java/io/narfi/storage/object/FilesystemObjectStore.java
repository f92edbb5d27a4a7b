package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A bucket in a local folder: {@code objects/<key>} and {@code tmp/} for what is being written. Safe for several processes that share the
 * folder on one machine.
 *
 * <p>An object is written to a temporary file and fsynced, then appears under its name by a hard link (which fails if the name is taken)
 * or, for {@link #put}, by a rename; then its folders are fsynced up to the root. So a name always stands for whole, durable content,
 * and whoever sees {@code EXISTS} may rely on it too. Folders that become empty go when an object in them is deleted.
 */
public final class FilesystemObjectStore implements ObjectStore {
    /** A folder can vanish between its creation and its use only because a delete found it empty; that often in a row it cannot. */
    private static final int MAX_FOLDER_RACES = 100;

    private final Path root;
    private final TemporaryFiles temporary;

    /**
     * Opens the folder, creates it if it is missing, and removes what a crash left in {@code tmp/}.
     *
     * @throws ObjectStoreException if it cannot be written, or has no hard links
     */
    public FilesystemObjectStore(Path folder) throws IOException {
        requireNonNull(folder, "folder is null");
        this.root = folder.toAbsolutePath().normalize().resolve("objects");
        try {
            createFolders(root);
            this.temporary = TemporaryFiles.open(root.resolveSibling("tmp"));
        } catch (IOException e) {
            throw translate(folder.toString(), e);
        }
    }

    @Override
    public PutResult putIfAbsent(String key, ObjectContent content) throws IOException {
        Path target = path(key);
        ObjectStores.checkInterrupted(key);
        try {
            // A cheap look first: losers of a race for a name mostly come late.
            if (Files.isRegularFile(target)) {
                syncFolders(parent(target));
                return PutResult.EXISTS;
            }
            Path file = write(key, content);
            try {
                return link(key, file, target);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw translate(key, e);
        }
    }

    private PutResult link(String key, Path file, Path target) throws IOException {
        PutResult result = inFolder(target, () -> {
            try {
                Files.createLink(target, file);
                return PutResult.CREATED;
            } catch (FileAlreadyExistsException e) {
                if (Files.isDirectory(target)) {
                    throw folderOfObjects(key, e);
                }
                return PutResult.EXISTS;
            }
        });
        syncFolders(parent(target));
        return result;
    }

    @Override
    public void put(String key, ObjectContent content) throws IOException {
        Path target = path(key);
        ObjectStores.checkInterrupted(key);
        try {
            if (Files.isDirectory(target)) {
                throw folderOfObjects(key, null);
            }
            Path file = write(key, content);
            try {
                inFolder(target, () -> Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
            } finally {
                Files.deleteIfExists(file);
            }
            syncFolders(parent(target));
        } catch (IOException e) {
            throw translate(key, e);
        }
    }

    private Path write(String key, ObjectContent content) throws IOException {
        ObjectStores.checkContent(key, content);
        Path file = temporary.next();
        boolean done = false;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            long written = switch (content) {
                case ObjectContent.Buffers buffers -> writeAll(out, buffers.duplicates());
                case ObjectContent.LocalFile local -> copy(out, local);
            };
            if (written != content.length()) {
                throw new ObjectStoreException("content of " + key + " ended after " + written + " of " + content.length() + " bytes", null, false);
            }
            out.force(true);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(file);
            }
        }
        return file;
    }

    private static long writeAll(FileChannel out, ByteBuffer[] buffers) throws IOException {
        long written = 0;
        for (ByteBuffer buffer : buffers) {
            while (buffer.hasRemaining()) {
                written += out.write(buffer);
            }
        }
        return written;
    }

    private static long copy(FileChannel out, ObjectContent.LocalFile local) throws IOException {
        long written = 0;
        try (FileChannel in = FileChannel.open(local.path(), StandardOpenOption.READ)) {
            while (written < local.length()) {
                long n = in.transferTo(written, local.length() - written, out);
                if (n <= 0) {
                    break;
                }
                written += n;
            }
        }
        return written;
    }

    @Override
    public byte[] get(String key, long maxBytes) throws IOException {
        Path file = path(key);
        try (FileChannel in = open(key, file)) {
            long size = in.size();
            if (size > maxBytes) {
                throw ObjectStores.tooLarge(key, size, maxBytes);
            }
            return readFully(key, in, 0, Math.toIntExact(size));
        } catch (IOException e) {
            throw translate(key, e);
        }
    }

    @Override
    public byte[] getRange(String key, long offset, int length) throws IOException {
        ObjectStores.checkRange(key, offset, length);
        if (length == 0) {
            return new byte[0];
        }
        Path file = path(key);
        try (FileChannel in = open(key, file)) {
            long size = in.size();
            if (offset + length > size) {
                throw ObjectStores.pastTheEnd(key, offset, length, size);
            }
            return readFully(key, in, offset, length);
        } catch (IOException e) {
            throw translate(key, e);
        }
    }

    private static FileChannel open(String key, Path file) throws IOException {
        ObjectStores.checkInterrupted(key);
        if (!Files.isRegularFile(file)) {
            throw new ObjectNotFoundException(key);
        }
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new ObjectNotFoundException(key);
        }
    }

    private static byte[] readFully(String key, FileChannel in, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (in.read(buffer, offset + buffer.position()) < 0) {
                throw ObjectStores.pastTheEnd(key, offset, length, in.size());
            }
        }
        return buffer.array();
    }

    @Override
    public Listing list(String prefix, String after, int limit) throws IOException {
        ObjectStores.checkList(prefix, after, limit);
        try {
            return new FolderLister(root, prefix, after, limit).list();
        } catch (IOException e) {
            throw translate(prefix, e);
        }
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        Set<Path> folders = new LinkedHashSet<>();
        String current = "";
        try {
            for (String key : keys) {
                current = key;
                Path file = path(key);
                ObjectStores.checkInterrupted(key);
                if (Files.isRegularFile(file) && Files.deleteIfExists(file)) {
                    folders.add(parent(file));
                }
            }
            for (Path folder : folders) {
                syncFolders(removeEmpty(folder));
            }
        } catch (IOException e) {
            throw translate(current, e);
        }
    }

    /** Removes the folder and those above it while they are empty, and returns the first that stays. */
    private Path removeEmpty(Path folder) throws IOException {
        Path current = folder;
        while (!current.equals(root)) {
            try {
                Files.deleteIfExists(current);
            } catch (DirectoryNotEmptyException e) {
                break;
            }
            current = parent(current);
        }
        return current;
    }

    @Override
    public void close() {
        temporary.close();
    }

    private Path path(String key) {
        return root.resolve(ObjectKeys.check(key));
    }

    /** For paths below the root only, which all have one. */
    private static Path parent(Path path) {
        return requireNonNull(path.getParent(), "path has no parent");
    }

    private interface FolderAction<T> {
        T run() throws IOException;
    }

    /** Makes the folder of a file and runs the action; again, if a delete takes the folder away in between. */
    private <T> T inFolder(Path target, FolderAction<T> action) throws IOException {
        for (int i = 0; ; i++) {
            try {
                createFolders(parent(target));
                return action.run();
            } catch (NoSuchFileException e) {
                if (i == MAX_FOLDER_RACES) {
                    throw e;
                }
            }
        }
    }

    private static void createFolders(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            for (Path above = folder; above != null; above = above.getParent()) {
                if (Files.isRegularFile(above)) {
                    throw new ObjectStoreException(above + " is an object, not a folder", e, false);
                }
            }
            if (e instanceof FileAlreadyExistsException) {
                // It was there when it was to be created and gone when it was looked at: a delete found it empty.
                throw new NoSuchFileException(folder.toString());
            }
            throw e;
        }
    }

    /** Makes names in a folder durable, and the folder's own name. Clean folders cost microseconds, so none is remembered as clean. */
    private void syncFolders(Path folder) throws IOException {
        for (Path current = folder; current.startsWith(root); current = parent(current)) {
            if (Files.isDirectory(current)) {
                syncFolder(current);
            }
        }
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (NoSuchFileException e) {
            // Gone with its last object since it was looked at: a name that must last keeps its folder.
            return;
        }
    }

    private static ObjectStoreException folderOfObjects(String key, @Nullable Throwable cause) {
        return new ObjectStoreException(key + " is a folder of objects", cause, false);
    }

    private static IOException translate(String key, IOException e) {
        return switch (e) {
            case ObjectStoreException known -> known;
            case ClosedByInterruptException closed -> ObjectStores.interrupted(key, closed);
            case InterruptedIOException interrupted -> ObjectStores.interrupted(key, interrupted);
            case AccessDeniedException denied -> new ObjectStoreException("no permission: " + denied.getMessage(), denied, false);
            default -> new ObjectStoreException(key + ": " + e.getMessage(), e, true);
        };
    }
}
