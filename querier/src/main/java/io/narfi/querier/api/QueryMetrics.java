package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.narfi.querier.stats.ScanStats;
import java.time.Duration;

/** What queries cost, by kind. */
final class QueryMetrics {
    private final MeterRegistry registry;
    private final Counter directoryBytes;
    private final Counter columnBytes;
    private final Counter lineBytes;
    private final Counter exportedRows;
    private final Counter exportedBytes;

    QueryMetrics(MeterRegistry registry) {
        this.registry = requireNonNull(registry, "registry is null");
        this.directoryBytes = bytes("directory");
        this.columnBytes = bytes("columns");
        this.lineBytes = bytes("lines");
        this.exportedRows = Counter.builder("narfi_export_lines_total").description("Lines that exports gave.").register(registry);
        this.exportedBytes = Counter.builder("narfi_export_bytes_total").description("Bytes that exports sent.").register(registry);
    }

    void exported(long rows, long bytes) {
        exportedRows.increment((double) rows);
        exportedBytes.increment((double) bytes);
    }

    private Counter bytes(String level) {
        return Counter.builder("narfi_query_bytes_total")
                .description("Bytes of lines that queries covered, by the cheapest level that sufficed: the page directory, the small "
                        + "columns, or the lines themselves.")
                .tag("level", level)
                .register(registry);
    }

    void ended(String kind, int status, long nanos) {
        Timer.builder("narfi_query_duration_seconds")
                .description("Time from the arrival of a query until its answer is written.")
                .tag("kind", kind)
                .tag("status", Integer.toString(status))
                .register(registry)
                .record(Duration.ofNanos(nanos));
    }

    void scanned(ScanStats stats) {
        directoryBytes.increment((double) stats.directoryBytes);
        columnBytes.increment((double) stats.columnBytes);
        lineBytes.increment((double) stats.lineBytes);
    }
}
