package io.narfi.benchmarks.macro;

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

/** A Narfi process of the benchmark, started through {@code ./narfi}, with what Linux tells of its use of CPU and memory. */
final class ServerProcess implements AutoCloseable {
    private static final long TICKS_PER_SECOND = 100;

    private final String target;
    private final int port;
    private final Process process;
    private final Path log;

    private ServerProcess(String target, int port, Process process, Path log) {
        this.target = target;
        this.port = port;
        this.process = process;
        this.log = log;
    }

    static int freePort() {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return s.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a target; {@code memory} as {@code NARFI_MEMORY} takes it. */
    static ServerProcess start(Path checkout, Path dir, String target, int port, Path config, String memory) throws IOException {
        List<String> command = new ArrayList<>(List.of(checkout.resolve("narfi").toString(), "-target=" + target, "-config.file=" + config));
        Path log = dir.resolve(target + "-" + port + ".log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().put("NARFI_MEMORY", memory);
        return new ServerProcess(target, port, builder.start(), log);
    }

    String target() {
        return target;
    }

    URI uri(String pathAndQuery) {
        return URI.create("http://127.0.0.1:" + port + pathAndQuery);
    }

    /** Waits for {@code /ready}. */
    void awaitReady(HttpClient client, Duration limit) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        HttpRequest request = HttpRequest.newBuilder(uri("/ready")).timeout(Duration.ofSeconds(2)).build();
        while (true) {
            if (!process.isAlive()) {
                throw new IOException(target + " ended with " + process.exitValue() + ", see " + log + "\n" + Files.readString(log));
            }
            try {
                if (client.send(request, BodyHandlers.ofString()).statusCode() == 200) {
                    return;
                }
            } catch (IOException notYetListening) {
                if (System.nanoTime() > deadline) {
                    throw new IOException(target + " is not ready after " + limit + ", see " + log, notYetListening);
                }
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(target + " is not ready after " + limit + ", see " + log);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** CPU seconds that the process has used, in user and system mode. */
    double cpuSeconds() {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The most memory that was ever resident, in MB. */
    long peakResidentMegabytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
                }
            }
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
