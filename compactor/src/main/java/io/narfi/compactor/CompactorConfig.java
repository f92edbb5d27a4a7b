package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the backend works.
 *
 * @param workingDirectory for temporary files, at most about three times {@code targetBlockBytes}; emptied at start, for one process
 *     ({@code compactor.working_directory})
 * @param interval how often there is a look for work, more than 0 ({@code compactor.compaction_interval}, 10 s)
 * @param maxSegmentAge a segment this old starts a round, however little there is, 0 or more (30 s)
 * @param minRoundBytes so many bytes of lines start a round before that, 1 or more (64 MiB)
 * @param maxRoundBytes a round takes about so many bytes of lines at most, and at least one segment; bounds memory; not less than {@code
 *     minRoundBytes} (128 MiB)
 * @param targetBlockBytes blocks grow by merging up to this size of the object, 1 MiB or more (512 MiB)
 * @param retentionEnabled whether retention periods are applied ({@code compactor.retention_enabled}, false)
 * @param retentionDeleteDelay how long the object of a removed block stays, longer than the longest query ({@code
 *     compactor.retention_delete_delay}, 2 h)
 * @param segmentGrace how long the object of a consumed segment stays, longer than the longest query and than the clocks of the machines
 *     differ (10 min)
 * @param forgetAfter how long the ids of deleted segments are remembered, longer than a snapshot takes (1 h)
 * @param orphanAge a block object that no commit named for so long is taken for left behind (6 h)
 * @param sweepInterval how often retention and the collection of garbage run (1 min)
 * @param orphanScanInterval how often all blocks are listed to find orphans (1 h)
 * @param checkpointEvery commits between checkpoints of the catalog, 1 or more (64)
 * @param leaseDuration until another process takes over from one that died, 1 s or more (60 s)
 * @param frameCacheBytes memory for decoded parts of segments, 1 MiB or more (an eighth of the heap, 256 MiB at most)
 * @param deletes how delete requests are treated
 */
public record CompactorConfig(
        Path workingDirectory,
        Duration interval,
        Duration maxSegmentAge,
        long minRoundBytes,
        long maxRoundBytes,
        long targetBlockBytes,
        boolean retentionEnabled,
        Duration retentionDeleteDelay,
        Duration segmentGrace,
        Duration forgetAfter,
        Duration orphanAge,
        Duration sweepInterval,
        Duration orphanScanInterval,
        int checkpointEvery,
        Duration leaseDuration,
        long frameCacheBytes,
        DeleteSettings deletes) {
    private static final long MIB = 1L << 20;

    public CompactorConfig {
        requireNonNull(workingDirectory, "workingDirectory is null");
        positive("interval", interval);
        notNegative("maxSegmentAge", maxSegmentAge);
        notNegative("retentionDeleteDelay", retentionDeleteDelay);
        notNegative("segmentGrace", segmentGrace);
        notNegative("forgetAfter", forgetAfter);
        notNegative("orphanAge", orphanAge);
        positive("sweepInterval", sweepInterval);
        positive("orphanScanInterval", orphanScanInterval);
        atLeast("minRoundBytes", minRoundBytes, 1);
        atLeast("maxRoundBytes", maxRoundBytes, minRoundBytes);
        atLeast("targetBlockBytes", targetBlockBytes, MIB);
        atLeast("checkpointEvery", checkpointEvery, 1);
        atLeast("leaseDuration in milliseconds", leaseDuration.toMillis(), 1000);
        atLeast("frameCacheBytes", frameCacheBytes, MIB);
        requireNonNull(deletes, "deletes is null");
    }

    public static CompactorConfig defaults(Path workingDirectory) {
        return new CompactorConfig(
                workingDirectory,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                64 * MIB,
                128 * MIB,
                512 * MIB,
                false,
                Duration.ofHours(2),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofHours(6),
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                64,
                Duration.ofSeconds(60),
                Math.clamp(Runtime.getRuntime().maxMemory() / 8, 16 * MIB, 256 * MIB),
                DeleteSettings.DEFAULTS);
    }

    private static void positive(String name, Duration value) {
        if (!requireNonNull(value, name).isPositive()) {
            throw new IllegalArgumentException(name + " must be more than 0, it is " + value);
        }
    }

    private static void notNegative(String name, Duration value) {
        if (requireNonNull(value, name).isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative, it is " + value);
        }
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", it is " + value);
        }
    }

    /** A builder that starts from these values. */
    public Builder builder() {
        return new Builder(this);
    }

    /** Changes single values. */
    public static final class Builder {
        private final Path workingDirectory;
        private Duration interval;
        private Duration maxSegmentAge;
        private long minRoundBytes;
        private long maxRoundBytes;
        private long targetBlockBytes;
        private boolean retentionEnabled;
        private Duration retentionDeleteDelay;
        private Duration segmentGrace;
        private Duration forgetAfter;
        private Duration orphanAge;
        private Duration sweepInterval;
        private Duration orphanScanInterval;
        private int checkpointEvery;
        private Duration leaseDuration;
        private long frameCacheBytes;
        private DeleteSettings deletes;

        private Builder(CompactorConfig c) {
            workingDirectory = c.workingDirectory;
            interval = c.interval;
            maxSegmentAge = c.maxSegmentAge;
            minRoundBytes = c.minRoundBytes;
            maxRoundBytes = c.maxRoundBytes;
            targetBlockBytes = c.targetBlockBytes;
            retentionEnabled = c.retentionEnabled;
            retentionDeleteDelay = c.retentionDeleteDelay;
            segmentGrace = c.segmentGrace;
            forgetAfter = c.forgetAfter;
            orphanAge = c.orphanAge;
            sweepInterval = c.sweepInterval;
            orphanScanInterval = c.orphanScanInterval;
            checkpointEvery = c.checkpointEvery;
            leaseDuration = c.leaseDuration;
            frameCacheBytes = c.frameCacheBytes;
            deletes = c.deletes;
        }

        public Builder interval(Duration value) {
            interval = value;
            return this;
        }

        public Builder maxSegmentAge(Duration value) {
            maxSegmentAge = value;
            return this;
        }

        public Builder roundBytes(long min, long max) {
            minRoundBytes = min;
            maxRoundBytes = max;
            return this;
        }

        public Builder targetBlockBytes(long value) {
            targetBlockBytes = value;
            return this;
        }

        public Builder retentionEnabled(boolean value) {
            retentionEnabled = value;
            return this;
        }

        public Builder retentionDeleteDelay(Duration value) {
            retentionDeleteDelay = value;
            return this;
        }

        public Builder segmentGrace(Duration value) {
            segmentGrace = value;
            return this;
        }

        public Builder forgetAfter(Duration value) {
            forgetAfter = value;
            return this;
        }

        public Builder orphanAge(Duration value) {
            orphanAge = value;
            return this;
        }

        public Builder sweepInterval(Duration value) {
            sweepInterval = value;
            return this;
        }

        public Builder orphanScanInterval(Duration value) {
            orphanScanInterval = value;
            return this;
        }

        public Builder checkpointEvery(int value) {
            checkpointEvery = value;
            return this;
        }

        public Builder leaseDuration(Duration value) {
            leaseDuration = value;
            return this;
        }

        public Builder frameCacheBytes(long value) {
            frameCacheBytes = value;
            return this;
        }

        public Builder deletes(DeleteSettings value) {
            deletes = value;
            return this;
        }

        public CompactorConfig build() {
            return new CompactorConfig(
                    workingDirectory,
                    interval,
                    maxSegmentAge,
                    minRoundBytes,
                    maxRoundBytes,
                    targetBlockBytes,
                    retentionEnabled,
                    retentionDeleteDelay,
                    segmentGrace,
                    forgetAfter,
                    orphanAge,
                    sweepInterval,
                    orphanScanInterval,
                    checkpointEvery,
                    leaseDuration,
                    frameCacheBytes,
                    deletes);
        }
    }
}
