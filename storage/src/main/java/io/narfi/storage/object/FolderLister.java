package io.narfi.storage.object;

import io.narfi.storage.object.ObjectStore.Listing;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * One listing of a folder tree in byte order of keys. Only folders that can hold a wanted key are opened, and only entries that are
 * about to be given out are looked at.
 *
 * <p>Whether a name is a file or a folder decides its place in the order ({@code a-b} comes after a file {@code a}, but before what is in a
 * folder {@code a}, because {@code -} is less than {@code /}), and costs a system call to know. So names wait in a heap under the least key
 * that they can stand for, the name itself; a name that reaches the top and turns out to be a folder goes back with its slash.
 */
final class FolderLister {
    private record Entry(String key, Path path, boolean folder) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry o) {
            return key.compareTo(o.key);
        }
    }

    private final Path root;
    private final String prefix;
    private final String after;
    private final int limit;
    private final List<ObjectInfo> rows = new ArrayList<>();

    FolderLister(Path root, String prefix, String after, int limit) {
        this.root = root;
        this.prefix = prefix;
        this.after = after;
        this.limit = limit;
    }

    Listing list() throws IOException {
        int slash = prefix.lastIndexOf('/');
        boolean truncated = !walk(slash < 0 ? root : root.resolve(prefix.substring(0, slash)), prefix.substring(0, slash + 1));
        return new Listing(rows, truncated);
    }

    /** Returns false if it stopped at the limit. The depth of the recursion is that of a key's parts. */
    private boolean walk(Path folder, String folderKey) throws IOException {
        ObjectStores.checkInterrupted(folderKey);
        PriorityQueue<Entry> queue = new PriorityQueue<>(names(folder, folderKey));
        for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
            if (entry.folder()) {
                if (!walk(entry.path(), entry.key())) {
                    return false;
                }
                continue;
            }
            BasicFileAttributes attributes;
            try {
                attributes = Files.readAttributes(entry.path(), BasicFileAttributes.class);
            } catch (NoSuchFileException e) {
                // Deleted since the folder was read.
                continue;
            }
            if (attributes.isDirectory()) {
                if (folderMayHold(entry.key() + "/")) {
                    queue.add(new Entry(entry.key() + "/", entry.path(), true));
                }
            } else if (entry.key().compareTo(after) > 0 && entry.key().startsWith(prefix)) {
                if (rows.size() == limit) {
                    return false;
                }
                rows.add(new ObjectInfo(entry.key(), attributes.size(), attributes.lastModifiedTime().toMillis()));
            }
        }
        return true;
    }

    private List<Entry> names(Path folder, String folderKey) throws IOException {
        List<Entry> result = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path path : stream) {
                String key = folderKey + path.getFileName();
                if ((key.startsWith(prefix) && key.compareTo(after) > 0) || folderMayHold(key + "/")) {
                    result.add(new Entry(key, path, false));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Never created, or removed since it was seen: no objects.
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return result;
    }

    /** Whether a key that begins so can have the prefix and come after the start. */
    private boolean folderMayHold(String folderKey) {
        return (folderKey.startsWith(prefix) || prefix.startsWith(folderKey)) && (folderKey.compareTo(after) > 0 || after.startsWith(folderKey));
    }
}
