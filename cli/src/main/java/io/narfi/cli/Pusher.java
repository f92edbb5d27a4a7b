package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ByteSizes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.xerial.snappy.Snappy;

/**
 * Sends batches, a few at a time. What did not arrive, 429 and 5xx are repeated with longer and longer pauses, so often; what the server refuses
 * for good is counted and told. After a batch that was given up no other is begun.
 */
final class Pusher implements AutoCloseable {
    private static final String PATH = "/loki/api/v1/push";
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(1);

    private final ApiClient api;
    private final Connection connection;
    private final int retries;
    private final boolean protobuf;
    private final boolean gzip;
    private final int parallel;
    private final PrintStream err;
    private final Semaphore places;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong sentLines = new AtomicLong();
    private final AtomicLong sentBytes = new AtomicLong();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final AtomicLong refusedLines = new AtomicLong();
    private final AtomicReference<CliException> failure = new AtomicReference<>();

    /**
     * @param retries how often a batch is sent again
     * @param protobuf whether bodies are protobuf under Snappy, else JSON
     * @param gzip whether they are compressed with gzip
     * @param parallel batches under way at a time
     */
    Pusher(ApiClient api, Connection connection, int retries, boolean protobuf, boolean gzip, int parallel, PrintStream err) {
        this.api = requireNonNull(api, "api is null");
        this.connection = requireNonNull(connection, "connection is null");
        this.retries = retries;
        this.protobuf = protobuf;
        this.gzip = gzip;
        this.parallel = parallel;
        this.err = requireNonNull(err, "err is null");
        this.places = new Semaphore(parallel);
    }

    /**
     * Sends a batch once there is a place.
     *
     * @throws CliException if an earlier batch could not be sent
     */
    void send(PushBatch batch) throws InterruptedException {
        places.acquire();
        try {
            check();
        } catch (CliException e) {
            places.release();
            throw e;
        }
        threads.execute(() -> {
            try {
                deliver(batch);
            } catch (CliException e) {
                failure.compareAndSet(null, e);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, new CliException("a batch of " + batch.lines() + " lines cannot be sent: " + e, e));
            } finally {
                places.release();
            }
        });
    }

    /** Waits until no batch is under way. */
    void await() throws InterruptedException {
        places.acquire(parallel);
        places.release(parallel);
    }

    /** @throws CliException if a batch could not be sent */
    void check() {
        CliException e = failure.get();
        if (e != null) {
            throw e;
        }
    }

    private void deliver(PushBatch batch) {
        byte[] body = body(batch);
        String type = protobuf ? "application/x-protobuf" : "application/json";
        for (int repetition = 0; ; repetition++) {
            String problem;
            try {
                ApiClient.Outcome outcome = api.post(PATH, body, type, gzip ? "gzip" : null, ANSWER_WITHIN);
                if (outcome.status() / 100 == 2) {
                    sentLines.addAndGet(batch.lines());
                    sentBytes.addAndGet(body.length);
                    batches.incrementAndGet();
                    if (outcome.status() != 204 && !outcome.text().isBlank()) {
                        err.println("narfi: the server answered " + outcome.status() + ": " + outcome.text().strip());
                    }
                    return;
                }
                problem = "the server answered " + outcome.status() + ": " + outcome.text().strip();
                if (outcome.status() != 429 && outcome.status() / 100 != 5) {
                    refusedLines.addAndGet(batch.lines());
                    err.println("narfi: a batch of " + batch.lines() + " lines was refused at least in part: " + problem);
                    return;
                }
            } catch (IOException e) {
                problem = "the push failed: " + ApiClient.message(e);
            } catch (InterruptedException e) {
                throw ApiClient.interrupted(e);
            }
            if (repetition >= retries) {
                throw new CliException("gave up on a batch of " + batch.lines() + " lines: " + problem);
            }
            repeated.incrementAndGet();
            ApiClient.sleep(connection.backoff(repetition));
        }
    }

    private byte[] body(PushBatch batch) {
        try {
            byte[] body = protobuf ? Snappy.compress(batch.protobuf()) : batch.json();
            if (!gzip) {
                return body;
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
                zip.write(body);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of batches that were refused. */
    long refusedLines() {
        return refusedLines.get();
    }

    /**
     * What was done, for the user.
     *
     * @param read lines of the input that were to be sent up to now
     */
    String summary(long read) {
        long open = read - sentLines.get() - refusedLines.get();
        return "pushed " + sentLines.get() + " lines in " + batches.get() + " batches (" + ByteSizes.humanSi(sentBytes.get())
                + " sent); refused " + refusedLines.get() + "; repeated " + repeated.get() + " times"
                + (open == 0 ? "" : "; no answer for " + open + " of the " + read + " lines read");
    }

    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
