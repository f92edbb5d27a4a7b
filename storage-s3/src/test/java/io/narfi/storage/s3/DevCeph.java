package io.narfi.storage.s3;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The RGW that integration tests talk to: the one that {@code NARFI_S3_ENDPOINT} and its sisters name (environment, or system properties
 * like {@code narfi.s3.endpoint}), else one that {@code deploy/dev/ceph} starts for this JVM and removes when it ends. Tests that share it
 * take a prefix each.
 */
public final class DevCeph {
    private static final String ENDPOINT = "NARFI_S3_ENDPOINT";
    private static final long COMMAND_MINUTES = 15;

    private static @Nullable Map<String, String> settings;

    private DevCeph() {}

    /** The shared bucket, below a prefix that no other call gets. */
    public static S3Config.Builder config() {
        Map<String, String> s = settings();
        return S3Config.builder(s.getOrDefault("NARFI_S3_BUCKET", "narfi"))
                .endpoint(s.getOrDefault(ENDPOINT, ""))
                .region(s.getOrDefault("NARFI_S3_REGION", ""))
                .credentials(s.getOrDefault("NARFI_S3_ACCESS_KEY", ""), s.getOrDefault("NARFI_S3_SECRET_KEY", ""))
                .prefix("test-" + UUID.randomUUID());
    }

    /** The variables that the script prints, for processes that tests start. */
    public static synchronized Map<String, String> settings() {
        if (settings == null) {
            settings = find(ENDPOINT) == null ? start() : fromEnvironment();
        }
        return settings;
    }

    /** Runs a command of the script ({@code stop-rgw}, {@code start-rgw} …) on the cluster that {@link #config} gives. */
    public static void control(String command) throws IOException {
        String folder = settings().get("NARFI_CEPH_DIR");
        if (folder == null) {
            abort("NARFI_CEPH_DIR does not say which cluster to " + command);
        }
        run(command, Path.of(folder));
    }

    private static Map<String, String> fromEnvironment() {
        Map<String, String> result = new HashMap<>();
        for (String name : List.of(ENDPOINT, "NARFI_S3_REGION", "NARFI_S3_BUCKET", "NARFI_S3_ACCESS_KEY", "NARFI_S3_SECRET_KEY", "NARFI_CEPH_DIR")) {
            String value = find(name);
            if (value != null) {
                result.put(name, value);
            }
        }
        return result;
    }

    private static @Nullable String find(String name) {
        String value = System.getProperty(name.toLowerCase(Locale.ROOT).replace('_', '.'), System.getenv(name));
        return value == null || value.isEmpty() ? null : value;
    }

    private static Map<String, String> start() {
        try {
            Path folder = Files.createTempDirectory("narfi-ceph");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    run("destroy", folder);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
            Map<String, String> result = new HashMap<>();
            for (String line : run("start", folder).split("\n")) {
                if (line.startsWith("export ")) {
                    String[] pair = line.substring("export ".length()).split("=", 2);
                    result.put(pair[0], pair[1]);
                }
            }
            return result;
        } catch (IOException e) {
            return abort("no Ceph to test against: " + e.getMessage());
        }
    }

    private static String run(String command, Path folder) throws IOException {
        List<String> line = new ArrayList<>(List.of(script().toString(), command, "-d", folder.toString()));
        Path output = Files.createTempFile("narfi-ceph", ".out");
        try {
            Process process = new ProcessBuilder(line)
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile())
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(COMMAND_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException(command + " did not end");
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(command + " failed: " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static Path script() throws IOException {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path script = folder.resolve("deploy/dev/ceph");
            if (Files.isExecutable(script)) {
                return script;
            }
        }
        throw new IOException("deploy/dev/ceph is not above " + Path.of("").toAbsolutePath());
    }
}
