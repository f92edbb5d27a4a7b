package io.narfi.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Objects of each format version, kept with the tests: today's readers read them, and today's writers write the same bytes. */
public final class GoldenFiles {
    private GoldenFiles() {}

    public static byte[] read(String name) throws IOException {
        try (InputStream in = GoldenFiles.class.getResourceAsStream("/golden/" + name)) {
            if (in == null) {
                throw new IOException("no golden file " + name);
            }
            return in.readAllBytes();
        }
    }

    /**
     * Fails if what a writer wrote is not the golden file, and leaves what it wrote in {@code target/golden} for comparison. If only the
     * zstd library changed, the new file may replace the old one; anything else needs a new version of the format.
     */
    public static void check(String name, byte[] written) throws IOException {
        Path folder = Path.of("target", "golden");
        Files.createDirectories(folder);
        Files.write(folder.resolve(name), written);
        if (!Arrays.equals(read(name), written)) {
            throw new AssertionError("the writer does not write " + name + " any more; see " + folder.resolve(name));
        }
    }
}
