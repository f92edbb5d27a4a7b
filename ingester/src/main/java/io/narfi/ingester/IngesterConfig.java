package io.narfi.ingester;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;

/**
 * What a write process allows itself. Memory bounds follow from the heap, which follows from the container's limit.
 *
 * @param maxRecvMsgSize bytes of a push as it came ({@code distributor.max_recv_msg_size}; 100 MiB)
 * @param maxDecompressedSize bytes of a push after decompression ({@code distributor.max_decompressed_size}; 5000 MiB, but a push never
 *     gets more than its share of {@code memoryBudget})
 * @param otlpLabels resource attributes of OTLP that become labels ({@code
 *     distributor.otlp_config.default_resource_attributes_as_index_labels}; 18 names)
 * @param replicas write processes that share a tenant's rate under {@code ingestion_rate_strategy: global} ({@code distributor.replicas}; 1)
 * @param memoryBudget bytes that all pushes being read and decoded may hold; one of them at most half (a quarter of the heap)
 * @param maxPendingBytes bytes that accepted rows may hold until they are durable (a sixth of the heap, at least 24 MiB)
 * @param segmentTargetSize raw bytes after which a segment is sealed ({@code ingester.segment_target_size}; 12 MiB); it may grow by a third,
 *     so that a push is not split without need
 * @param linger the longest time that a segment stays open, and so what a lone push waits besides one put ({@code ingester.linger}; 250 ms)
 * @param encoders threads that compress segments (half the processors, at least 1)
 * @param uploads puts at once ({@code ingester.concurrent_flushes}; 4)
 * @param spoolAfter how long a put is tried before its segment goes to the spool, or the push fails ({@code ingester.flush_op_timeout}; 5 s)
 * @param spoolDirectory folder of the spool, empty for none ({@code ingester.spool_directory})
 * @param spoolSize bytes that the spool may hold ({@code ingester.spool_size}; 1 GiB)
 * @param maxReturnedStreamErrors rows that one message names ({@code ingester.max_returned_stream_errors}; 10)
 * @param streamIdle after which a stream without rows does not count towards the limit of active streams (30 min)
 * @param maxActiveStreams streams that are remembered for limits, of all tenants (500,000; about 300 bytes each)
 * @param stopTimeout how long the stop waits for rows to become durable (30 s)
 */
public record IngesterConfig(
        long maxRecvMsgSize,
        long maxDecompressedSize,
        List<String> otlpLabels,
        int replicas,
        long memoryBudget,
        long maxPendingBytes,
        long segmentTargetSize,
        Duration linger,
        int encoders,
        int uploads,
        Duration spoolAfter,
        String spoolDirectory,
        long spoolSize,
        int maxReturnedStreamErrors,
        Duration streamIdle,
        long maxActiveStreams,
        Duration stopTimeout) {
    private static final long MIB = 1 << 20;

    /** The resource attributes of OTLP that Loki makes labels of (contract/http-api.md §4.2). */
    public static final List<String> OTLP_LABELS = List.of(
            "service.name",
            "service.namespace",
            "service.instance.id",
            "deployment.environment",
            "deployment.environment.name",
            "cloud.region",
            "cloud.availability_zone",
            "k8s.cluster.name",
            "k8s.namespace.name",
            "k8s.pod.name",
            "k8s.container.name",
            "container.name",
            "k8s.replicaset.name",
            "k8s.deployment.name",
            "k8s.statefulset.name",
            "k8s.daemonset.name",
            "k8s.cronjob.name",
            "k8s.job.name");

    public IngesterConfig {
        otlpLabels = List.copyOf(otlpLabels);
        requireNonNull(linger, "linger is null");
        requireNonNull(spoolAfter, "spoolAfter is null");
        requireNonNull(spoolDirectory, "spoolDirectory is null");
        requireNonNull(streamIdle, "streamIdle is null");
        requireNonNull(stopTimeout, "stopTimeout is null");
        if (replicas < 1) {
            throw new IllegalArgumentException("replicas must be at least 1: " + replicas);
        }
        if (memoryBudget < 2) {
            throw new IllegalArgumentException("memory budget must be positive: " + memoryBudget);
        }
        if (spoolSize < 0 || maxReturnedStreamErrors < 0) {
            throw new IllegalArgumentException("negative: spool size " + spoolSize + ", returned errors " + maxReturnedStreamErrors);
        }
    }

    /** The defaults for this process's heap, without a spool. */
    public static IngesterConfig defaults() {
        return forHeap(Runtime.getRuntime().maxMemory(), Runtime.getRuntime().availableProcessors());
    }

    static IngesterConfig forHeap(long heapBytes, int processors) {
        return new IngesterConfig(
                100 * MIB,
                5000 * MIB,
                OTLP_LABELS,
                1,
                Math.max(16 * MIB, heapBytes / 4),
                Math.max(24 * MIB, heapBytes / 6),
                12 * MIB,
                Duration.ofMillis(250),
                Math.max(1, processors / 2),
                4,
                Duration.ofSeconds(5),
                "",
                1024 * MIB,
                10,
                Duration.ofMinutes(30),
                500_000,
                Duration.ofSeconds(30));
    }

    /** The same with the settings that the configuration file has. */
    public IngesterConfig with(
            long newMaxRecvMsgSize,
            long newMaxDecompressedSize,
            List<String> newOtlpLabels,
            int newReplicas,
            long newSegmentTargetSize,
            Duration newLinger,
            int newUploads,
            Duration newSpoolAfter,
            String newSpoolDirectory,
            long newSpoolSize,
            int newMaxReturnedStreamErrors) {
        return new IngesterConfig(
                newMaxRecvMsgSize,
                newMaxDecompressedSize,
                newOtlpLabels,
                newReplicas,
                memoryBudget,
                Math.max(maxPendingBytes, 2 * newSegmentTargetSize),
                newSegmentTargetSize,
                newLinger,
                encoders,
                newUploads,
                newSpoolAfter,
                newSpoolDirectory,
                newSpoolSize,
                newMaxReturnedStreamErrors,
                streamIdle,
                maxActiveStreams,
                stopTimeout);
    }
}
