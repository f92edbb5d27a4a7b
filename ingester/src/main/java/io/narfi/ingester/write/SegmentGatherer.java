package io.narfi.ingester.write;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.validate.AcceptedPush;
import io.narfi.storage.segment.SegmentBuilder;
import io.narfi.storage.segment.SegmentId;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers accepted rows of all tenants in one open segment. An append is a copy under a lock; a segment is sealed by the append that makes
 * it large enough, or by a thread of its own when it has been open for {@code linger}. So a lone push waits for {@code linger} and one put, and
 * under load segments close by size and waiting for the clock plays no part.
 *
 * <p>Rows between acceptance and durability are bounded in bytes and segments; a push that finds no room waits, and gets a 503 after a while.
 */
public final class SegmentGatherer {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentGatherer.class);

    /** Bytes of a row in the builder besides its line. */
    private static final long ROW_BYTES = 64;

    /** Memory of a builder after which its segment is sealed whatever the rows' raw size: so many times the target, and some buffers. */
    private static final long MEMORY_FACTOR = 4;

    private static final long MEMORY_FLOOR = 4 << 20;

    /** Memory of labels after which a segment is sealed; half of what a directory can hold. */
    private static final long MAX_LABEL_BYTES = 32 << 20;

    private final String writer;
    private final SegmentSettings settings;
    private final SegmentUploader uploader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition opened = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Thread lingerer;
    private final Counter noRoom;

    private @Nullable OpenSegment open;
    private long sequence;
    private long pendingBytes;
    private final Set<OpenSegment> unfinished = new LinkedHashSet<>();
    private boolean stopping;
    private boolean stopped;

    /** @param writer a ULID that no other process ever uses */
    public SegmentGatherer(String writer, SegmentSettings settings, SegmentUploader uploader, MeterRegistry registry) {
        this.writer = requireNonNull(writer, "writer is null");
        this.settings = requireNonNull(settings, "settings is null");
        this.uploader = requireNonNull(uploader, "uploader is null");
        Gauge.builder("narfi_ingester_pending_bytes", this, g -> g.pendingBytes())
                .description("Memory of rows that are accepted and not yet durable")
                .register(registry);
        Gauge.builder("narfi_ingester_pending_segments", this, g -> g.pendingSegments())
                .description("Segments that are sealed and not yet durable")
                .register(registry);
        noRoom = Counter.builder("narfi_ingester_no_room_total")
                .description("Pushes refused because rows before them were not durable in time")
                .register(registry);
        lingerer = Thread.ofPlatform().name("segment-linger").daemon().unstarted(this::sealByAge);
    }

    public void start() {
        lingerer.start();
    }

    /**
     * Takes the rows of a push in; they are durable when the ticket says so.
     *
     * @throws ApiException 503 if there is no room or the process is stopping; nothing was taken in then
     */
    public Ticket append(AcceptedPush push) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            awaitRoom(push.bytes() + ROW_BYTES * push.rows());
            Ticket ticket = new Ticket();
            PushData data = push.data();
            for (int s = 0; s < data.streams(); s++) {
                Labels labels = push.labels(s);
                if (labels != null) {
                    appendStream(push, s, labels, ticket);
                }
            }
            OpenSegment last = open;
            if (last != null) {
                account(last, last.builder().memoryBytes());
                if (last.builder().rawBytes() >= settings.targetBytes()) {
                    seal();
                }
            }
            return ticket;
        } finally {
            lock.unlock();
        }
    }

    private void appendStream(AcceptedPush push, int s, Labels labels, Ticket ticket) {
        PushData data = push.data();
        OpenSegment segment = null;
        int handle = 0;
        for (int e = data.firstEntry(s); e < data.endEntry(s); e++) {
            Labels metadata = push.metadata(e);
            if (metadata == null) {
                continue;
            }
            if (segment == null) {
                segment = openSegment();
                handle = segment.builder().stream(push.tenant(), labels);
                ticket.add(segment.durable());
            }
            segment.builder().append(handle, data.timestamp(e), data.bytes(), data.lineOffset(e), data.lineLength(e), metadata);
            if (isFull(segment.builder())) {
                account(segment, segment.builder().memoryBytes());
                seal();
                segment = null;
            }
        }
    }

    /** Rows of a few bytes weigh more in the builder than in the segment, and labels go to its directory, so both count as well. */
    private boolean isFull(SegmentBuilder builder) {
        return builder.rawBytes() >= settings.maxBytes()
                || builder.memoryBytes() >= MEMORY_FACTOR * settings.targetBytes() + MEMORY_FLOOR
                || builder.labelBytes() >= MAX_LABEL_BYTES;
    }

    private OpenSegment openSegment() {
        OpenSegment segment = open;
        if (segment == null) {
            segment = new OpenSegment(new SegmentId(writer, sequence++), uploader.takeBuilder(), System.nanoTime());
            open = segment;
            opened.signal();
        }
        return segment;
    }

    private void awaitRoom(long bytes) throws InterruptedException {
        long left = settings.roomTimeout().toNanos();
        while (true) {
            if (stopping) {
                throw new ApiException(503, "the write service is stopping, try again");
            }
            // A push that is larger than the bound by itself passes when nothing else is pending.
            boolean fits = (pendingBytes == 0 || bytes <= settings.maxPendingBytes() - pendingBytes)
                    && unfinished.size() < settings.maxPendingSegments();
            if (fits) {
                return;
            }
            if (left <= 0) {
                noRoom.increment();
                throw new ApiException(
                        503,
                        "rows that came before are not stored yet (" + pendingBytes + " bytes in " + unfinished.size()
                                + " segments), try again later");
            }
            left = room.awaitNanos(left);
        }
    }

    private void account(OpenSegment segment, long memory) {
        pendingBytes += memory - segment.memory();
        segment.memory(memory);
    }

    /** Hands the open segment over; the lock is held. */
    private void seal() {
        OpenSegment segment = requireNonNull(open, "no open segment");
        open = null;
        unfinished.add(segment);
        uploader.submit(segment, this::encoded, this::finished);
    }

    /** A segment's rows are compressed, so that its memory is that of the object now. */
    private void encoded(OpenSegment segment, long objectBytes) {
        lock.lock();
        try {
            account(segment, objectBytes);
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void finished(OpenSegment segment) {
        lock.lock();
        try {
            account(segment, 0);
            unfinished.remove(segment);
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void sealByAge() {
        lock.lock();
        try {
            while (!stopped) {
                OpenSegment segment = open;
                if (segment == null) {
                    opened.await();
                    continue;
                }
                long left = settings.linger().toNanos() - (System.nanoTime() - segment.openedNanos());
                if (left <= 0) {
                    seal();
                } else {
                    long _ = opened.awaitNanos(left);
                }
            }
        } catch (InterruptedException e) {
            // Only halt() interrupts this thread, to end it.
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Seals the open segment and waits until all rows taken in so far are durable, or have failed.
     *
     * @return false if that was not so within the time
     */
    public boolean flush(Duration timeout) throws InterruptedException {
        List<OpenSegment> awaited;
        lock.lockInterruptibly();
        try {
            if (open != null) {
                seal();
            }
            awaited = List.copyOf(unfinished);
        } finally {
            lock.unlock();
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        for (OpenSegment segment : awaited) {
            try {
                segment.durable().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                // The pushes in it were told; for this caller it only counts that its fate is decided.
                LOG.debug("segment {} failed before the flush ended", segment.id().key(), e);
            } catch (TimeoutException e) {
                return false;
            }
        }
        return true;
    }

    /** Takes no rows any more, and makes durable what is there. */
    public boolean stop(Duration timeout) throws InterruptedException {
        lock.lock();
        try {
            stopping = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        boolean durable = flush(timeout);
        end();
        return durable;
    }

    /** Ends without flushing, as a crash would; for tests. */
    void halt() {
        lock.lock();
        try {
            stopping = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
        end();
    }

    private void end() {
        lock.lock();
        try {
            stopped = true;
            opened.signalAll();
        } finally {
            lock.unlock();
        }
        lingerer.interrupt();
    }

    /** Memory of rows that are accepted and not yet durable. */
    public long pendingBytes() {
        lock.lock();
        try {
            return pendingBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Segments that are sealed and not yet durable. */
    public int pendingSegments() {
        lock.lock();
        try {
            return unfinished.size();
        } finally {
            lock.unlock();
        }
    }
}
