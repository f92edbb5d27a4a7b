package io.narfi.cli;

import io.narfi.common.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code push}: lines from files or standard input. */
@Command(
        name = "push",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {
            "Send the lines of files or of standard input to the server.",
            "",
            "  tail -F /var/log/syslog | narfi push -l app=syslog -l host=web-1",
            "  narfi push -l app=shop --timestamp=rfc3339 shop-*.log",
            "  narfi export '{app=\"shop\"}' --categorize-labels | narfi push --input=jsonl --addr=http://other:3100",
            ""
        })
final class PushCommand extends ClientCommand {
    /** What the lines of the input are. */
    enum Input {
        /** Lines as they are. */
        RAW,
        /** Objects as {@code --output=jsonl} prints them. */
        JSONL
    }

    /** The form of request bodies. */
    enum Encoding {
        PROTOBUF,
        JSON
    }

    private static final int MAX_LINE_BYTES = 16 << 20;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "Files to send, - or none for standard input.")
    private List<String> files = new ArrayList<>();

    @Option(names = {"-l", "--label"}, paramLabel = "NAME=VALUE", description = "A label of the stream; may be repeated, one is needed.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = {"-m", "--metadata"}, paramLabel = "NAME=VALUE", description = "Structured metadata of each line; may be repeated.")
    private Map<String, String> metadata = new LinkedHashMap<>();

    @Option(names = "--timestamp", paramLabel = "FORMAT",
            description = "Where the times of lines come from: now (default); or the lines: rfc3339, unix, unix-ms, unix-us, unix-ns, or a "
                    + "pattern of Java's DateTimeFormatter at the line's start, such as 'dd/MMM/yyyy:HH:mm:ss xx'.")
    private String timestamp = "now";

    @Option(names = "--timestamp-regex", paramLabel = "REGEX", description = "Finds the time in a line: its first group, or all of it.")
    private @Nullable String timestampRegex;

    @Option(names = "--input", paramLabel = "raw|jsonl",
            description = "raw (default), or jsonl: objects with line, timestamp, labels and structuredMetadata, as narfi export prints them.")
    private Input input = Input.RAW;

    @Option(names = "--format", paramLabel = "protobuf|json", description = "Form of the requests: protobuf (default) under Snappy, or json.")
    private Encoding format = Encoding.PROTOBUF;

    @Option(names = "--gzip", description = "Compress requests with gzip.")
    private boolean gzip;

    @Option(names = "--batch-size", paramLabel = "BYTES", description = "Send a batch when it is so large (default: 1048576).")
    private long batchSize = 1 << 20;

    @Option(names = "--batch-wait", paramLabel = "DURATION", converter = DurationConverter.class,
            description = "Send a batch when its first line is so old (default: 1s).")
    private long batchWait = Times.SECOND;

    @Option(names = "--parallel", paramLabel = "N", description = "Batches under way at a time (default: 4).")
    private int parallel = 4;

    @Override
    void run(ApiClient api) throws Exception {
        if (labels.isEmpty() && input == Input.RAW) {
            throw wrong("a stream has a label at least: --label=app=NAME");
        }
        if (parallel < 1 || batchSize < 1) {
            throw wrong("--parallel and --batch-size must be at least 1");
        }
        LineTimes times;
        try {
            times = new LineTimes(timestamp, timestampRegex, cli().options().zone(console().zone()), console());
        } catch (IllegalArgumentException e) {
            throw wrong("--timestamp: " + ApiClient.message(e));
        }
        PushLines lines = new PushLines(input == Input.JSONL, Labels.of(labels), Labels.of(metadata), times);
        ClientOptions options = cli().options();
        try (Pusher pusher = new Pusher(
                api, options.connection(console()), options.retries(10), format == Encoding.PROTOBUF, gzip, parallel, console().err())) {
            try {
                send(lines, pusher);
            } finally {
                tell(pusher, lines);
            }
            if (pusher.refusedLines() > 0) {
                throw new CliException(pusher.refusedLines() + " lines are in batches that the server refused at least in part");
            }
        }
    }

    private void tell(Pusher pusher, PushLines lines) throws InterruptedException {
        try {
            // Whatever ended it, what is under way may arrive yet.
            pusher.await();
        } finally {
            if (!cli().options().quiet()) {
                console().err().println(pusher.summary(lines.added()));
            }
        }
    }

    private void send(PushLines lines, Pusher pusher) throws Exception {
        LineQueue queue = new LineQueue();
        Thread reader = Thread.ofPlatform().daemon().name("push-reader").start(() -> read(queue));
        try {
            PushBatch batch = new PushBatch();
            long first = 0;
            while (true) {
                long wait = batch.isEmpty() ? Long.MAX_VALUE : first + batchWait - System.nanoTime();
                LineQueue.Item item = queue.poll(wait);
                if (item != null && item.line() != null) {
                    if (batch.isEmpty()) {
                        first = System.nanoTime();
                    }
                    lines.add(item.line(), batch);
                }
                boolean end = item != null && item.line() == null;
                boolean late = !batch.isEmpty() && System.nanoTime() - first >= batchWait;
                if (!batch.isEmpty() && (end || late || batch.bytes() >= batchSize)) {
                    pusher.send(batch);
                    batch = new PushBatch();
                }
                if (item != null && end) {
                    pusher.await();
                    pusher.check();
                    if (item.failure() != null) {
                        throw new CliException("cannot read the input: " + ApiClient.message(item.failure()), item.failure());
                    }
                    return;
                }
            }
        } finally {
            reader.interrupt();
        }
    }

    private void read(LineQueue queue) {
        try {
            Exception failure = null;
            try {
                for (String file : files.isEmpty() ? List.of("-") : files) {
                    if (file.equals("-")) {
                        read(console().in(), "standard input", queue);
                    } else {
                        try (InputStream in = Files.newInputStream(Path.of(file))) {
                            read(in, file, queue);
                        }
                    }
                }
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
            queue.end(failure);
        } catch (InterruptedException e) {
            // The command is over; nobody waits for more lines.
            Thread.currentThread().interrupt();
        }
    }

    private void read(InputStream in, String name, LineQueue queue) throws IOException, InterruptedException {
        LineReader reader = new LineReader(in, MAX_LINE_BYTES);
        for (String line = reader.next(); line != null; line = reader.next()) {
            queue.put(line);
        }
        if (reader.cut() > 0) {
            console().err().println("narfi: " + reader.cut() + " lines of " + name + " were cut at " + MAX_LINE_BYTES + " bytes");
        }
    }
}
