package io.narfi.server.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One process of a cluster; keeps its port and its folder over restarts. */
public final class Node implements AutoCloseable {
    private final String name;
    private final String target;
    private final int port;
    private final Path dir;
    private @Nullable Process process;
    private int starts;

    public Node(String name, String target, Path dir) {
        this.name = name;
        this.target = target;
        this.port = freePort();
        this.dir = dir.resolve(name);
        try {
            Files.createDirectories(this.dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return s.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    public String target() {
        return target;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public URI uri(String pathAndQuery) {
        return URI.create(url() + pathAndQuery);
    }

    /** Where the process keeps its spool, cache and temporary files. */
    public Path dir() {
        return dir;
    }

    /** Starts the process; {@code sections} is YAML added to what every node has. */
    public void start(String sections) throws IOException {
        Path config = dir.resolve("narfi.yaml");
        Files.writeString(config, """
                auth_enabled: false
                server:
                  http_listen_address: 127.0.0.1
                  http_listen_port: %d
                """.formatted(port) + sections);
        restart();
    }

    /** Starts the process again with the configuration of its last start. */
    public void restart() throws IOException {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException(name + " is running");
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "io.narfi.server.Main",
                "-target=" + target,
                "-config.file=" + dir.resolve("narfi.yaml")));
        ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        process = builder.start();
        starts++;
    }

    public Path log() {
        return dir.resolve("log");
    }

    public int starts() {
        return starts;
    }

    /** Processor time that the running process has used. */
    public Duration cpu() {
        return process == null ? Duration.ZERO : process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    public boolean alive() {
        return process != null && process.isAlive();
    }

    public void awaitReady(HttpClient client, Duration limit) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        HttpRequest request = HttpRequest.newBuilder(uri("/ready")).timeout(Duration.ofSeconds(2)).build();
        String last = "no answer";
        while (System.nanoTime() < deadline) {
            if (!alive()) {
                throw new IOException(name + " ended; its log:\n" + tail());
            }
            try {
                var response = client.send(request, BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    return;
                }
                last = response.statusCode() + " " + response.body();
            } catch (IOException e) {
                last = e.toString();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new IOException(name + " is not ready after " + limit + ": " + last + "; its log:\n" + tail());
    }

    private String tail() throws IOException {
        List<String> lines = Files.exists(log()) ? Files.readAllLines(log()) : List.of();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    /** {@code kill -9}. */
    public void kill() throws InterruptedException {
        Process p = process;
        if (p != null) {
            p.destroyForcibly().waitFor();
        }
    }

    /** SIGTERM, and waits for the end; returns the exit status. */
    public int stop(Duration limit) throws InterruptedException {
        Process p = process;
        if (p == null) {
            throw new IllegalStateException(name + " was never started");
        }
        p.destroy();
        if (!p.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            p.destroyForcibly().waitFor();
            throw new IllegalStateException(name + " did not stop within " + limit);
        }
        return p.exitValue();
    }

    @Override
    public void close() {
        Process p = process;
        if (p != null && p.isAlive()) {
            p.destroyForcibly();
            try {
                p.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
