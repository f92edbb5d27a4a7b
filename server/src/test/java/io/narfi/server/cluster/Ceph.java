package io.narfi.server.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The development Ceph of {@code deploy/dev/ceph}: the one that runs (NARFI_CEPH_DIR), or one of this test's own. */
public final class Ceph implements AutoCloseable {
    private final Path script;
    private final Path dir;
    private final boolean own;
    private final Map<String, String> settings;

    private Ceph(Path script, Path dir, boolean own, Map<String, String> settings) {
        this.script = script;
        this.dir = dir;
        this.own = own;
        this.settings = settings;
    }

    public static Ceph start() throws IOException, InterruptedException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("deploy/dev/ceph"))) {
            root = root.getParent();
            if (root == null) {
                throw new IOException("not inside a checkout: deploy/dev/ceph is missing");
            }
        }
        Path script = root.resolve("deploy/dev/ceph");
        String running = System.getenv("NARFI_CEPH_DIR");
        Path dir = running == null ? Files.createTempDirectory("narfi-ceph") : Path.of(running);
        return new Ceph(script, dir, running == null, parse(run(script, "start", dir)));
    }

    private static Map<String, String> parse(String exports) {
        Map<String, String> out = new HashMap<>();
        for (String line : exports.lines().toList()) {
            if (line.startsWith("export ") && line.indexOf('=') > 0) {
                String value = line.substring(line.indexOf('=') + 1);
                out.put(line.substring("export ".length(), line.indexOf('=')), value.replaceAll("^['\"]|['\"]$", ""));
            }
        }
        return Map.copyOf(out);
    }

    private static String run(Path script, String command, Path dir) throws IOException, InterruptedException {
        Path out = Files.createTempFile("narfi-ceph", ".out");
        try {
            List<String> line = new ArrayList<>(List.of("bash", script.toString(), command, "-d", dir.toString()));
            Process p = new ProcessBuilder(line)
                    .redirectErrorStream(false)
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            if (!p.waitFor(15, TimeUnit.MINUTES)) {
                p.destroyForcibly().waitFor();
                throw new IOException("deploy/dev/ceph " + command + " did not end");
            }
            String text = Files.readString(out, StandardCharsets.UTF_8);
            if (p.exitValue() != 0) {
                throw new IOException("deploy/dev/ceph " + command + " ended with " + p.exitValue() + ": " + text);
            }
            return text;
        } finally {
            Files.delete(out);
        }
    }

    /** YAML for {@code common.storage}, indented by four blanks; everything goes below a prefix of the bucket. */
    public String storageYaml(String prefix) {
        return """
                    s3:
                      endpoint: %s
                      region: %s
                      bucketnames: %s
                      access_key_id: %s
                      secret_access_key: %s
                      prefix: %s
                """.formatted(get("NARFI_S3_ENDPOINT"), get("NARFI_S3_REGION"), get("NARFI_S3_BUCKET"), get("NARFI_S3_ACCESS_KEY"),
                get("NARFI_S3_SECRET_KEY"), prefix + "-" + System.nanoTime());
    }

    private String get(String name) {
        String value = settings.get(name);
        if (value == null) {
            throw new IllegalStateException("deploy/dev/ceph did not print " + name);
        }
        return value;
    }

    /** Stops the S3 gateway only: the store is away, its data is not. */
    public void stopGateway() throws IOException, InterruptedException {
        run(script, "stop-rgw", dir);
    }

    public void startGateway() throws IOException, InterruptedException {
        run(script, "start-rgw", dir);
    }

    @Override
    public void close() throws IOException {
        if (own) {
            try {
                run(script, "destroy", dir);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
