package io.narfi.benchmarks.macro;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.Labels;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pushes generated logs into real processes, waits for compaction, asks the queries of {@link QueryMix} and prints what all that cost.
 *
 * <pre>benchmarks/macro [--mb N] [--split] [--clients N] [--streams N] [--keep DIR]</pre>
 *
 * {@code --mb}: raw megabytes (10^6) to push, default 1000. {@code --split}: separate write, read and backend processes instead of one.
 * {@code --clients}: concurrent pushers, default 4. {@code --streams}: streams of the data, default 368. {@code --keep}: a folder for data and logs that stays.
 */
public final class MacroBenchmark {
    private static final long PUSH_BYTES = 1_000_000;
    private static final long DAY = 86_400_000_000_000L;
    private static final long SEED = 7;
    /** Ends a pusher. */
    private static final byte[] END = new byte[0];

    private final long bytes;
    private final boolean split;
    private final int clients;
    private final int streamCount;
    private final Path checkout;
    private final Path dir;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    private final List<ServerProcess> servers = new ArrayList<>();

    private MacroBenchmark(long bytes, boolean split, int clients, int streamCount, Path checkout, Path dir) {
        this.bytes = bytes;
        this.split = split;
        this.clients = clients;
        this.streamCount = streamCount;
        this.checkout = checkout;
        this.dir = dir;
    }

    public static void main(String[] args) throws Exception {
        long mb = 1000;
        boolean split = false;
        int clients = 4;
        int streams = LogGenerator.STREAMS;
        Path keep = null;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--mb" -> mb = Long.parseLong(args[++i]);
                case "--split" -> split = true;
                case "--clients" -> clients = Integer.parseInt(args[++i]);
                case "--streams" -> streams = Integer.parseInt(args[++i]);
                case "--keep" -> keep = Path.of(args[++i]);
                default -> throw new IllegalArgumentException("unknown argument " + args[i]);
            }
        }
        Path dir = keep == null ? Files.createTempDirectory("narfi-macro") : Files.createDirectories(keep).toAbsolutePath();
        try {
            new MacroBenchmark(mb * 1_000_000, split, clients, streams, Path.of(System.getProperty("narfi.checkout", ".")).toAbsolutePath(), dir).run();
        } finally {
            if (keep == null) {
                deleteTree(dir);
            }
        }
    }

    private void run() throws Exception {
        ServerProcess write;
        ServerProcess read;
        if (split) {
            write = start("write", "2GiB");
            read = start("read", "2GiB");
            start("backend", "1GiB");
        } else {
            write = start("all", "4GiB");
            read = write;
        }
        try {
            for (ServerProcess s : servers) {
                s.awaitReady(client, Duration.ofSeconds(60));
            }
            long end = System.currentTimeMillis() / 1000 * 1_000_000_000L;
            ingest(write, end);
            queries(read, end);
            for (ServerProcess s : servers) {
                print("peak RSS, %-8s %8d MB%n", s.target(), s.peakResidentMegabytes());
            }
        } finally {
            servers.reversed().forEach(ServerProcess::close);
        }
    }

    private ServerProcess start(String target, String memory) throws IOException {
        int port = ServerProcess.freePort();
        Path config = dir.resolve(target + ".yaml");
        String readPeers = "";
        Files.writeString(config, """
                auth_enabled: false
                server:
                  http_listen_address: 127.0.0.1
                  http_listen_port: %d
                  log_level: warn
                common:
                  path_prefix: %s
                  storage:
                    filesystem:
                      chunks_directory: %s
                %slimits_config:
                  reject_old_samples: false
                  ingestion_rate_mb: 10000
                  ingestion_burst_size_mb: 10000
                  per_stream_rate_limit: 10GB
                  per_stream_rate_limit_burst: 10GB
                  max_global_streams_per_user: 0
                  volume_enabled: true
                """.formatted(port, dir.resolve(target), dir.resolve("store"), readPeers));
        ServerProcess server = ServerProcess.start(checkout, dir, target, port, config, memory);
        servers.add(server);
        return server;
    }

    private void ingest(ServerProcess write, long end) throws Exception {
        LogGenerator generator = new LogGenerator(SEED, streamCount);
        List<Labels> streams = generator.streams();
        PushEncoder encoder = new PushEncoder(streams);
        // Encoded ahead and kept on disk, so that the pushers cost little while the servers are measured.
        Path bodies = dir.resolve("pushes");
        long[] lines = new long[1];
        long[] raw = new long[1];
        List<Long> offsets = new ArrayList<>(List.of(0L));
        try (var out = Files.newOutputStream(bodies)) {
            List<LogGenerator.Entry> batch = new ArrayList<>();
            long[] batchBytes = new long[1];
            generator.generate(bytes, end - DAY, end, e -> {
                batch.add(e);
                batchBytes[0] += e.line().length;
                lines[0]++;
                raw[0] += e.line().length;
                if (batchBytes[0] >= PUSH_BYTES) {
                    flush(encoder, batch, out, offsets);
                    batchBytes[0] = 0;
                }
            });
            flush(encoder, batch, out, offsets);
        }
        double before = cpu();
        double writeBefore = write.cpuSeconds();
        long start = System.nanoTime();
        BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(2 * clients);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicLong slowest = new AtomicLong();
        List<Thread> pushers = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            pushers.add(Thread.ofVirtual().start(() -> push(write, queue, failure, slowest)));
        }
        try (var channel = Files.newByteChannel(bodies)) {
            for (int i = 0; i + 1 < offsets.size() && failure.get() == null; i++) {
                var buffer = java.nio.ByteBuffer.allocate((int) (offsets.get(i + 1) - offsets.get(i)));
                if (channel.read(buffer) != buffer.capacity()) {
                    throw new IOException("the file of pushes is cut");
                }
                boolean queued = false;
                while (!queued && failure.get() == null) {
                    queued = queue.offer(buffer.array(), 1, TimeUnit.SECONDS);
                }
            }
        }
        for (int i = 0; i < clients && failure.get() == null; i++) {
            queue.put(END);
        }
        for (Thread t : pushers) {
            t.join();
        }
        Throwable f = failure.get();
        if (f != null) {
            throw new IOException("a push failed", f);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double gigabytes = raw[0] / 1e9;
        print("pushed             %8.0f MB raw, %d lines, %d streams, %.0f MB on the wire%n", raw[0] / 1e6, lines[0], streams.size(), Files.size(bodies) / 1e6);
        print("ingest             %8.1f MB/s, slowest push %.0f ms%n", raw[0] / 1e6 / seconds, slowest.get() / 1e6);
        print("to the 204         %8.2f CPU-s/GB of the servers (write path and what compaction ran meanwhile)%n", (cpu() - before) / gigabytes);
        if (split) {
            print("  write process    %8.2f CPU-s/GB%n", (write.cpuSeconds() - writeBefore) / gigabytes);
        }
        Files.delete(bodies);
        StoreFolder store = new StoreFolder(dir.resolve("store"), new SimpleMeterRegistry());
        long waited = System.nanoTime();
        while (store.pendingSegments() > 0) {
            if (System.nanoTime() - waited > TimeUnit.MINUTES.toNanos(20)) {
                throw new IOException("segments are still not compacted after 20 minutes");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        }
        print("with compaction    %8.2f CPU-s/GB, %.0f s after the last push%n", (cpu() - before) / gigabytes, (System.nanoTime() - waited) / 1e9);
        print("stored             %8.3f bytes per raw byte in blocks%n", (double) store.blockBytes() / raw[0]);
    }

    private static void flush(PushEncoder encoder, List<LogGenerator.Entry> batch, java.io.OutputStream out, List<Long> offsets) {
        if (batch.isEmpty()) {
            return;
        }
        byte[] body = encoder.encode(batch);
        try {
            out.write(body);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        offsets.add(offsets.getLast() + body.length);
        batch.clear();
    }

    private void push(ServerProcess write, BlockingQueue<byte[]> queue, AtomicReference<@Nullable Throwable> failure, AtomicLong slowest) {
        try {
            for (byte[] body = queue.take(); body.length > 0; body = queue.take()) {
                HttpRequest request = HttpRequest.newBuilder(write.uri("/loki/api/v1/push"))
                        .header("Content-Type", "application/x-protobuf")
                        .timeout(Duration.ofSeconds(60))
                        .POST(BodyPublishers.ofByteArray(body))
                        .build();
                while (true) {
                    long start = System.nanoTime();
                    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                    slowest.accumulateAndGet(System.nanoTime() - start, Math::max);
                    if (response.statusCode() == 204) {
                        break;
                    }
                    if (response.statusCode() != 429 && response.statusCode() != 503) {
                        throw new IOException("push answered " + response.statusCode() + " " + response.body());
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    private void queries(ServerProcess read, long end) throws IOException, InterruptedException {
        print("%n%-34s %9s %9s %11s %12s%n", "query over 24 h", "first ms", "median ms", "CPU ms each", "bytes/entries");
        for (QueryMix.Query q : QueryMix.QUERIES) {
            String text = URLEncoder.encode(q.text(), StandardCharsets.UTF_8);
            String selection = q.text().isEmpty() ? "" : (q.path().endsWith("series") ? "&match[]=" : "&query=") + text;
            String step = q.step().isEmpty() ? "" : "&limit=100&step=" + q.step();
            URI uri = read.uri(q.path() + "?start=" + (end - DAY) + "&end=" + end + selection.replace("[]", "%5B%5D") + step);
            int runs = 7;
            long[] nanos = new long[runs];
            double before = cpu();
            int size = 0;
            for (int i = 0; i < runs; i++) {
                long start = System.nanoTime();
                HttpResponse<byte[]> response = client.send(HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(5)).build(), BodyHandlers.ofByteArray());
                nanos[i] = System.nanoTime() - start;
                if (response.statusCode() != 200) {
                    throw new IOException(q.text() + " answered " + response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8));
                }
                size = response.body().length;
            }
            double cpuEach = (cpu() - before) / runs * 1000;
            double first = nanos[0] / 1e6;
            Arrays.sort(nanos);
            print("%-34s %9.1f %9.1f %11.1f %12d%n", q.name(), first, nanos[runs / 2] / 1e6, cpuEach, size);
        }
        print("%n");
    }

    private double cpu() {
        return servers.stream().mapToDouble(ServerProcess::cpuSeconds).sum();
    }

    @FormatMethod
    private static void print(@FormatString String format, Object... args) {
        System.out.printf(Locale.ROOT, format, args);
    }

    private static void deleteTree(Path dir) throws IOException {
        try (Stream<Path> paths = Files.walk(dir)) {
            for (Path p : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        }
    }
}
