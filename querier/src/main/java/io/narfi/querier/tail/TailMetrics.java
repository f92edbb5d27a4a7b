package io.narfi.querier.tail;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.IntSupplier;

/** What tails cost and how well they do. */
final class TailMetrics {
    private final MeterRegistry registry;
    private final Counter sent;
    private final Counter dropped;
    private final Counter bytes;
    private final Counter segments;
    private final Counter missed;
    private final Counter failures;
    private final Counter catchUps;
    private final Timer lag;
    private final Timer turns;

    TailMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.sent = counter("narfi_tail_entries_sent_total", "Entries sent to tails.");
        this.dropped = counter("narfi_tail_entries_dropped_total", "Entries that clients of tails were too slow for.");
        this.bytes = counter("loki_querier_tail_bytes_total", "Bytes of frames sent to tails.");
        this.segments = counter("narfi_tail_segments_total", "New segments handed to tails.");
        this.missed = counter("narfi_tail_segments_missed_total", "New segments that tails did not see: damaged, or the tail's filter fell behind.");
        this.failures = counter("narfi_tail_follow_failures_total", "Times that following new segments failed; it is tried again.");
        this.catchUps = counter("narfi_tail_catch_ups_total", "Times that rows were read from blocks because their segments were gone.");
        this.lag = Timer.builder("narfi_tail_lag_seconds")
                .description("Time from the landing of a segment, by the store's clock, until its rows wait for the clients.")
                .register(registry);
        this.turns = Timer.builder("narfi_tail_follow_duration_seconds")
                .description("Time of a look for new segments.")
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    void gauges(IntSupplier tails, IntSupplier groups, TailMemory memory) {
        Gauge.builder("loki_querier_tail_active", tails::getAsInt).description("Tails of this process.").register(registry);
        Gauge.builder("narfi_tail_groups", groups::getAsInt).description("Different queries of tails.").register(registry);
        Gauge.builder("narfi_tail_buffer_bytes", memory, TailMemory::used)
                .description("Rows that wait for clients of tails.")
                .register(registry);
    }

    void sent(int entries, int frameBytes) {
        sent.increment(entries);
        bytes.increment(frameBytes);
    }

    void dropped() {
        dropped.increment();
    }

    void handedOver(int count) {
        segments.increment(count);
    }

    void missed(int count) {
        missed.increment(count);
    }

    void failed() {
        failures.increment();
    }

    void caughtUp() {
        catchUps.increment();
    }

    void lag(long millis) {
        lag.record(Duration.ofMillis(Math.max(0, millis)));
    }

    void turn(long nanos) {
        turns.record(Duration.ofNanos(nanos));
    }

    /** How a tail ended. */
    void ended(String reason) {
        Counter.builder("narfi_tails_ended_total")
                .description("Tails that ended, by reason.")
                .tag("reason", reason)
                .register(registry)
                .increment();
    }
}
