package io.narfi.benchmarks.macro;

import io.narfi.common.Labels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Logs of a made-up cluster, always the same for a seed: by bytes about 36 % JSON, 22 % access log, 17 % Airflow, 13 % logfmt and 12 % plain
 * text, in 368 or more streams with busy and quiet ones, evenly over the time asked for. Identifiers, addresses, times and durations are random, so
 * that they compress as badly as real ones.
 */
final class LogGenerator {
    static final int STREAMS = 368;
    private static final int APPS = STREAMS / 4;

    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter CLF =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss +0000", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter KLOG =
            DateTimeFormatter.ofPattern("MMdd HH:mm:ss.SSSSSS", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String[] METHODS = {"GET", "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE"};
    private static final int[] STATUSES = {200, 200, 200, 200, 200, 200, 200, 200, 201, 204, 301, 304, 400, 401, 404, 404, 500, 503};
    private static final String[] PATHS = {
        "/api/v1/orders", "/api/v1/orders/%d", "/api/v1/users/%d", "/api/v1/users/%d/cart", "/healthz", "/metrics", "/login", "/static/app.js",
        "/static/style.css", "/api/v2/search?q=item%d", "/api/v1/payments/%d/confirm"
    };
    private static final String[] AGENTS = {
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "kube-probe/1.30", "Prometheus/2.53.0", "curl/8.7.1", "Go-http-client/2.0"
    };
    private static final String[] MESSAGES = {
        "request served", "cache miss", "order stored", "payment authorised", "user signed in", "token refreshed", "upstream timeout, retrying",
        "connection refused by backend", "slow query", "connection reset by peer", "session expired", "inventory updated"
    };
    private static final String[] DAGS = {"etl_orders", "etl_users", "daily_report", "ml_features", "sync_crm", "cleanup", "export_s3", "dbt_models"};
    private static final String[] TASKS = {"extract", "transform", "load", "check", "notify", "publish"};
    private static final String[] SERVICES = {"ingest", "query", "auth", "billing", "search", "mail"};

    /** One line and the stream that it belongs to. */
    record Entry(int stream, long timestamp, byte[] line) {}

    private enum Kind {
        JSON,
        ACCESS,
        AIRFLOW,
        LOGFMT,
        TEXT
    }

    private final SplittableRandom random;
    private final List<Labels> labels = new ArrayList<>();
    private final int streams;
    private final Kind[] kinds;
    private final double[] weightSums;

    /** @param streams number of streams, at least {@link #STREAMS}; more of them are more pods of the same applications */
    LogGenerator(long seed, int streams) {
        if (streams < STREAMS) {
            throw new IllegalArgumentException("fewer than " + STREAMS + " streams: " + streams);
        }
        this.random = new SplittableRandom(seed);
        this.streams = streams;
        this.kinds = new Kind[streams];
        this.weightSums = new double[streams];
        int pods = (streams + APPS - 1) / APPS;
        double sum = 0;
        for (int i = 0; i < streams; i++) {
            int app = i / pods;
            // Lines of the kinds differ in length: these shares of lines make the shares of bytes above.
            Kind kind = switch (app % 20) {
                case 0, 1, 2, 3, 4 -> Kind.JSON;
                case 5, 6, 7, 8 -> Kind.ACCESS;
                case 9, 10, 11, 12 -> Kind.AIRFLOW;
                case 13, 14, 15 -> Kind.LOGFMT;
                default -> Kind.TEXT;
            };
            kinds[i] = kind;
            String name = switch (kind) {
                case JSON -> "shop";
                case ACCESS -> "nginx";
                case AIRFLOW -> "airflow-worker";
                case LOGFMT -> "platform";
                case TEXT -> "node";
            } + "-" + app;
            String namespace = switch (kind) {
                case JSON -> "shop-" + app % 3;
                case ACCESS -> "ingress";
                case AIRFLOW -> "airflow";
                case LOGFMT -> "platform";
                case TEXT -> "kube-system";
            };
            labels.add(Labels.of(
                    "namespace", namespace, "app", name, "container", name, "pod", name + "-" + hex(8) + "-" + i % pods, "node", "worker-" + i % 12, "cluster", "prod"));
            // A few busy streams and many quiet ones.
            double weight = 1 / Math.pow(1 + app % 23, 0.8);
            sum += weight;
            weightSums[i] = sum;
        }
    }

    List<Labels> streams() {
        return List.copyOf(labels);
    }

    /** Makes about {@code bytes} of lines in ascending time from {@code from} to {@code to} (nanoseconds). */
    void generate(long bytes, long from, long to, Consumer<Entry> sink) {
        long made = 0;
        while (made < bytes) {
            long time = from + (long) ((double) (to - from) * ((double) made / bytes)) + random.nextInt(20_000);
            int stream = pickStream();
            byte[] line = line(kinds[stream], time).getBytes(StandardCharsets.UTF_8);
            made += line.length;
            sink.accept(new Entry(stream, time, line));
        }
    }

    private int pickStream() {
        double x = random.nextDouble(weightSums[streams - 1]);
        int low = 0;
        int high = streams - 1;
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (weightSums[mid] <= x) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }

    private String line(Kind kind, long nanos) {
        Instant time = Instant.ofEpochSecond(0, nanos);
        return switch (kind) {
            case JSON -> json(time);
            case ACCESS -> access(time);
            case AIRFLOW -> airflow(time);
            case LOGFMT -> logfmt(time);
            case TEXT -> text(time);
        };
    }

    private String json(Instant time) {
        int status = pick(STATUSES);
        String level = status >= 500 ? "error" : status >= 400 ? "warn" : random.nextInt(20) == 0 ? "debug" : "info";
        return "{\"ts\":\"" + ISO.format(time) + "Z\",\"level\":\"" + level + "\",\"logger\":\"http.server\",\"msg\":\"" + pick(MESSAGES)
                + "\",\"trace_id\":\"" + hex(32) + "\",\"http\":{\"method\":\"" + pick(METHODS) + "\",\"path\":\"" + path() + "\",\"status\":" + status
                + ",\"bytes\":" + random.nextInt(100_000) + "},\"duration_ms\":" + duration() + ",\"user\":\"u" + random.nextInt(50_000)
                + "\",\"remote\":\"" + address() + ":" + (1024 + random.nextInt(60_000)) + "\"}";
    }

    private String access(Instant time) {
        return address() + " - - [" + CLF.format(time) + "] \"" + pick(METHODS) + " " + path() + " HTTP/1.1\" " + pick(STATUSES) + " "
                + random.nextInt(200_000) + " \"-\" \"" + pick(AGENTS) + "\" rt=0." + (100 + random.nextInt(900)) + " uct=0.00" + random.nextInt(10)
                + " id=" + hex(32);
    }

    private String airflow(Instant time) {
        String dag = pick(DAGS);
        String task = pick(TASKS);
        String head = "[" + ISO.format(time) + "+0000] ";
        return switch (random.nextInt(6)) {
            case 0 -> head + "{taskinstance.py:" + (1000 + random.nextInt(900)) + "} INFO - Dependencies all met for dep_context=non-requeueable deps ti=<TaskInstance: "
                    + dag + "." + task + " scheduled__" + ISO.format(time) + "+00:00 [queued]>";
            case 1 -> head + "{standard_task_runner.py:85} INFO - Job " + random.nextInt(10_000_000) + ": Subtask " + task;
            case 2 -> head + "{logging_mixin.py:188} INFO - loaded " + random.nextInt(1_000_000) + " rows into " + dag + "_" + task + " in " + duration() + " ms";
            case 3 -> head + "{taskinstance.py:1345} WARNING - attempt " + (1 + random.nextInt(3)) + " of 3 for " + dag + "." + task + " took " + random.nextInt(600) + "s";
            case 4 -> head + "{local_task_job_runner.py:243} INFO - Task exited with return code " + (random.nextInt(30) == 0 ? 1 : 0);
            default -> head + "{s3.py:1} " + (random.nextInt(25) == 0 ? "ERROR - upload failed: connection timeout after " : "INFO - uploaded ") + random.nextInt(100_000_000)
                    + " bytes to s3://lake/" + dag + "/" + hex(16) + ".parquet";
        };
    }

    private String logfmt(Instant time) {
        int roll = random.nextInt(30);
        String level = roll == 0 ? "error" : roll < 3 ? "warn" : roll < 6 ? "debug" : "info";
        return "ts=" + ISO.format(time) + "Z caller=" + pick(SERVICES) + ".go:" + (10 + random.nextInt(400)) + " level=" + level + " msg=\"" + pick(MESSAGES)
                + "\" component=" + pick(SERVICES) + " traceID=" + hex(16) + " duration=" + duration() + "ms size=" + random.nextInt(1_000_000)
                + (roll == 0 ? " err=\"context deadline exceeded\"" : "");
    }

    private String text(Instant time) {
        return switch (random.nextInt(6)) {
            case 0 -> "I" + KLOG.format(time) + "       1 reconciler.go:" + random.nextInt(900) + "] \"operationExecutor.VerifyControllerAttachedVolume started for volume\" pod=\"shop-"
                    + random.nextInt(3) + "/shop-" + random.nextInt(90) + "-" + hex(10) + "\" UID=" + hex(8) + "-" + hex(4) + "-" + hex(4) + "-" + hex(4) + "-" + hex(12);
            case 1 -> "kernel: [" + random.nextInt(9_999_999) + "." + (100_000 + random.nextInt(899_999)) + "] cali" + hex(11) + ": renamed from eth0";
            case 2 -> "sshd[" + random.nextInt(99_999) + "]: Failed password for invalid user admin from " + address() + " port " + random.nextInt(65_536) + " ssh2";
            case 3 -> "E" + KLOG.format(time) + "       1 controller.go:114] error syncing node worker-" + random.nextInt(12) + ": context deadline exceeded";
            case 4 -> "dfs.DataNode$PacketResponder: PacketResponder " + random.nextInt(3) + " for block blk_" + random.nextLong(Long.MAX_VALUE) + " terminating";
            default -> "containerd[" + random.nextInt(9999) + "]: time=\"" + ISO.format(time) + "Z\" level=info msg=\"StopContainer for \\\"" + hex(64) + "\\\" returns successfully\"";
        };
    }

    private String path() {
        String p = pick(PATHS);
        return p.contains("%d") ? p.replace("%d", Integer.toString(random.nextInt(1_000_000))) : p;
    }

    private String duration() {
        double d = Math.exp(random.nextDouble() * 7 - 1);
        return String.format(Locale.ROOT, "%.3f", d);
    }

    private String address() {
        return "10.42." + random.nextInt(16) + "." + random.nextInt(256);
    }

    private String hex(int digits) {
        char[] out = new char[digits];
        long bits = 0;
        for (int i = 0; i < digits; i++) {
            if (i % 16 == 0) {
                bits = random.nextLong();
            }
            out[i] = Character.forDigit((int) (bits & 15), 16);
            bits >>>= 4;
        }
        return new String(out);
    }

    private String pick(String[] values) {
        return values[random.nextInt(values.length)];
    }

    private int pick(int[] values) {
        return values[random.nextInt(values.length)];
    }
}
