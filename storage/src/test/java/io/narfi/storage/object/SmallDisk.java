package io.narfi.storage.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system of so many bytes, mounted over a folder: what only root can do, so a test without the right to is skipped. */
public final class SmallDisk implements AutoCloseable {
    private final Path folder;

    public SmallDisk(Path folder, long bytes) throws IOException {
        this.folder = folder;
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", folder.toString()), "needs the right to mount a small file system");
    }

    private static boolean run(String... command) throws IOException {
        Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    public Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        assertThat(run("umount", folder.toString())).as("umount %s", folder).isTrue();
    }
}
