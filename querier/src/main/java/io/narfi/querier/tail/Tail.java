package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one tail between its group, which offers them, and its client's thread, which takes them in frames. Rows that are offered while ten
 * frames wait are dropped; a batch that comes before that is taken whole, so that a burst is no reason to drop. Until the history is
 * there, rows wait behind it. Safe from any thread.
 */
final class Tail {
    /** Rows of ten frames. */
    static final int MAX_WAITING_ROWS = 10 * TailFrame.MAX_ROWS;

    /** Bytes after which rows are dropped as after ten frames: one slow client must not take the room of all others. */
    static final long MAX_WAITING_BYTES = 4 << 20;

    /** Rows that may come while the history is read, or wait for {@code delay_for}. */
    static final int MAX_EARLY_ROWS = 10_000;

    /** Dropped rows that are named to the client; the others are only counted. */
    static final int MAX_REMEMBERED = 1000;

    /** Rows of a batch that have not been taken. */
    private static final class Run {
        private final TailBatch batch;
        private int next;

        private Run(TailBatch batch) {
            this.batch = batch;
        }
    }

    /** A row that waits for others which may be older; a time in the future counts as that of its arrival, so that no row waits longer. */
    private record Delayed(TailRow row, TailBatch batch, long time) {}

    private final TailQuery query;
    private final long delayNanos;
    private final InstantSource clock;
    private final LongSupplier ticks;
    private final TailMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition taken = lock.newCondition();
    private final ArrayDeque<Run> backlog = new ArrayDeque<>();
    private final PriorityQueue<Delayed> delayed = new PriorityQueue<>(Comparator.comparingLong(Delayed::time));
    private final List<DroppedRow> dropped = new ArrayList<>();
    private final LongSet history = new LongSet();
    private long firstNumber = Long.MAX_VALUE;
    private boolean live;
    private int waiting;
    private long waitingBytes;
    private long takenRows;
    private long takenAtLastWait = -1;
    private boolean closed;
    private @Nullable String failure;

    /**
     * @param delayNanos {@code delay_for}: a row is held until it is so old
     * @param clock for the age of rows
     * @param ticks nanoseconds that only go forward, for waiting
     */
    Tail(TailQuery query, long delayNanos, InstantSource clock, LongSupplier ticks, TailMetrics metrics) {
        this.query = requireNonNull(query, "query is null");
        this.delayNanos = delayNanos;
        this.clock = requireNonNull(clock, "clock is null");
        this.ticks = requireNonNull(ticks, "ticks is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
    }

    TailQuery query() {
        return query;
    }

    /** From which hand-over on rows are its own; earlier ones belong to its history. */
    void joins(long number) {
        lock.lock();
        try {
            firstNumber = number;
        } finally {
            lock.unlock();
        }
    }

    /** What is sent first, oldest first; from then on frames come. */
    void begin(List<TailRow> rows, TailMemory memory) {
        TailBatch batch = TailBatch.of(rows, memory);
        lock.lock();
        try {
            live = true;
            if (batch == null) {
                rows.forEach(row -> remember(DroppedRow.of(row)));
            } else if (closed) {
                batch.release();
            } else {
                for (TailRow row : rows) {
                    history.add(row.hash());
                }
                backlog.addFirst(new Run(batch));
                waiting += rows.size();
                waitingBytes += batch.bytes();
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Rows in the order of their times, which may belong to hand-overs before this tail's first. */
    void offer(TailBatch batch) {
        lock.lock();
        try {
            if (closed || firstNumber == Long.MAX_VALUE) {
                return;
            }
            if (waiting >= (live ? MAX_WAITING_ROWS : MAX_EARLY_ROWS) || waitingBytes >= MAX_WAITING_BYTES) {
                for (TailRow row : batch.rows()) {
                    drop(row);
                }
                return;
            }
            batch.hold();
            backlog.addLast(new Run(batch));
            waiting += batch.rows().size();
            waitingBytes += batch.bytes();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Rows for which there was no room anywhere. */
    void drop(List<TailRow> rows) {
        lock.lock();
        try {
            if (!closed) {
                rows.forEach(this::drop);
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void drop(TailRow row) {
        if (isMine(row)) {
            remember(DroppedRow.of(row));
        }
    }

    private void remember(DroppedRow row) {
        metrics.dropped();
        if (dropped.size() < MAX_REMEMBERED) {
            dropped.add(row);
        }
    }

    private boolean isMine(TailRow row) {
        // Rows of the history have the number 0 and are this tail's own.
        return row.number() == 0 || (row.number() >= firstNumber && !history.contains(row.hash()));
    }

    /** Ends the tail with a text for the client, once what waits is given up. */
    void fail(String text) {
        lock.lock();
        try {
            if (failure == null) {
                failure = text;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next frame, or null if there is none within the time.
     *
     * @throws TailEndedException if the tail failed
     */
    @Nullable TailFrame next(long waitNanos) throws TailEndedException, InterruptedException {
        long end = ticks.getAsLong() + waitNanos;
        lock.lockInterruptibly();
        try {
            while (true) {
                if (failure != null) {
                    throw new TailEndedException(failure);
                }
                if (live) {
                    TailFrame frame = fill();
                    if (!frame.rows().isEmpty() || !frame.dropped().isEmpty()) {
                        return frame;
                    }
                }
                long left = Math.min(end - ticks.getAsLong(), untilDue());
                if (end - ticks.getAsLong() <= 0) {
                    return null;
                }
                var _ = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private TailFrame fill() {
        List<TailRow> rows = new ArrayList<>();
        long bytes = 0;
        while (rows.size() < TailFrame.MAX_ROWS && bytes < TailFrame.MAX_BYTES) {
            TailRow row = delayNanos == 0 ? poll() : pollDue();
            if (row == null) {
                break;
            }
            rows.add(row);
            bytes += row.json().length;
        }
        TailFrame frame = new TailFrame(rows, dropped);
        dropped.clear();
        takenRows += rows.size();
        if (!isFull()) {
            taken.signalAll();
        }
        return frame;
    }

    /** The next row of the backlog that is for this tail. */
    private @Nullable TailRow poll() {
        Run run = backlog.peekFirst();
        while (run != null) {
            TailRow row = nextOf(run);
            if (row != null) {
                return row;
            }
            backlog.removeFirst();
            run.batch.release();
            run = backlog.peekFirst();
        }
        return null;
    }

    private @Nullable TailRow nextOf(Run run) {
        List<TailRow> rows = run.batch.rows();
        while (run.next < rows.size()) {
            TailRow row = rows.get(run.next++);
            waiting--;
            waitingBytes -= row.bytes();
            if (isMine(row)) {
                return row;
            }
        }
        return null;
    }

    /** The oldest row that need not wait any more. */
    private @Nullable TailRow pollDue() {
        long now = now();
        for (Run run = backlog.pollFirst(); run != null; run = backlog.pollFirst()) {
            for (TailRow row = nextOf(run); row != null; row = nextOf(run)) {
                if (delayed.size() < MAX_EARLY_ROWS) {
                    run.batch.hold();
                    delayed.add(new Delayed(row, run.batch, Math.min(now, row.time())));
                } else {
                    remember(DroppedRow.of(row));
                }
            }
            run.batch.release();
        }
        Delayed first = delayed.peek();
        if (first == null || wait(first) > 0) {
            return null;
        }
        var _ = delayed.poll();
        first.batch.release();
        return first.row;
    }

    /** Nanoseconds that a delayed row still has to wait; 0 or less if none. */
    private long wait(Delayed first) {
        return first.time - (now() - delayNanos);
    }

    private long untilDue() {
        Delayed first = delayed.peek();
        return first == null ? Long.MAX_VALUE : Math.max(1, wait(first));
    }

    private long now() {
        var t = clock.instant();
        return t.getEpochSecond() * 1_000_000_000L + t.getNano();
    }

    /**
     * Waits until fewer than ten frames wait, unless the client took nothing since the last such wait: then it is too slow, and others of
     * its group should not wait for it.
     */
    void awaitRoom(long waitNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (takenRows == takenAtLastWait) {
                return;
            }
            takenAtLastWait = takenRows;
            long left = waitNanos;
            while (!closed && live && failure == null && isFull() && left > 0) {
                left = taken.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull() {
        return waiting >= MAX_WAITING_ROWS || waitingBytes >= MAX_WAITING_BYTES;
    }

    /** Bytes of rows that wait, but for delayed ones. */
    long waitingBytes() {
        lock.lock();
        try {
            return waitingBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Drops what waits, to make room for others. */
    void shed() {
        lock.lock();
        try {
            for (Run run = backlog.pollFirst(); run != null; run = backlog.pollFirst()) {
                for (TailRow row = nextOf(run); row != null; row = nextOf(run)) {
                    remember(DroppedRow.of(row));
                }
                run.batch.release();
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Gives up what waits. */
    void close() {
        lock.lock();
        try {
            closed = true;
            backlog.forEach(run -> run.batch.release());
            backlog.clear();
            for (Iterator<Delayed> all = delayed.iterator(); all.hasNext(); ) {
                all.next().batch.release();
                all.remove();
            }
            dropped.clear();
            waiting = 0;
            waitingBytes = 0;
            taken.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
