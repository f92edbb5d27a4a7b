package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.tail.TailScan.Found;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RowSource;
import io.narfi.storage.object.ObjectNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tails of one query: filters each new segment once, and gives the rows to all of them. Has a thread that waits; the work is done by
 * the workers of queries, where tenants take turns.
 */
final class TailGroup implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(TailGroup.class);

    /** Segments that may wait; some hundred bytes each. */
    private static final int MAX_WAITING = 4096;

    /** Segments whose rows are put in order together. */
    private static final int AT_A_TIME = 16;

    /** Tails that lose what waits for them so that a batch finds room; those of one query hold the same rows. */
    private static final int MAX_SHED = 100;

    private static final int MAX_TRIES = 10;
    private static final long RETRY_NANOS = 500 * Durations.MILLISECOND;
    private static final long WORK_NANOS = 30 * Durations.SECOND;
    private static final long ROOM_NANOS = 250 * Durations.MILLISECOND;

    private final TailQuery query;
    private final TailTools tools;
    private final TailScan scan;
    private final List<Tail> tails = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<TailWork> waiting = new ArrayDeque<>();
    private @Nullable Thread thread;
    private boolean closed;

    TailGroup(TailQuery query, TailTools tools) {
        this.query = requireNonNull(query, "query is null");
        this.tools = requireNonNull(tools, "tools is null");
        this.scan = new TailScan(query, tools.queries().log(query.query()));
    }

    void start() {
        thread = Thread.ofVirtual().name("tail-group").start(this::run);
    }

    void add(Tail tail) {
        tails.add(tail);
    }

    void remove(Tail tail) {
        tails.remove(tail);
    }

    List<Tail> tails() {
        return List.copyOf(tails);
    }

    boolean isEmpty() {
        return tails.isEmpty();
    }

    TailQuery query() {
        return query;
    }

    void offer(TailWork work) {
        lock.lock();
        try {
            if (waiting.size() >= MAX_WAITING) {
                var _ = waiting.removeFirst();
                tools.metrics().missed(1);
            }
            waiting.addLast(work);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (true) {
                List<TailWork> work = take();
                if (work.isEmpty()) {
                    return;
                }
                attempt(work);
                if (isBehind()) {
                    for (Tail tail : tails) {
                        tail.awaitRoom(ROOM_NANOS);
                    }
                }
            }
        } catch (InterruptedException e) {
            // The group was closed.
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            String id = String.format(Locale.ROOT, "%016x", ThreadLocalRandom.current().nextLong());
            logger.error("error_id={} tails failed query={}", id, query.query(), e);
            tails.forEach(tail -> tail.fail("internal server error, id " + id));
        }
    }

    /** Waits for work; nothing when the group is closed. */
    private List<TailWork> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            List<TailWork> taken = new ArrayList<>();
            while (!closed && taken.size() < AT_A_TIME && !waiting.isEmpty()) {
                taken.add(waiting.removeFirst());
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private boolean isBehind() {
        lock.lock();
        try {
            return !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void attempt(List<TailWork> work) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                work(work);
                return;
            } catch (InterruptedException e) {
                throw e;
            } catch (IOException | ApiException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedException();
                }
                if (attempt == MAX_TRIES) {
                    logger.error("tails do not see segments count={} query={}", work.size(), query.query(), e);
                    tools.metrics().missed(work.size());
                    return;
                }
                logger.warn("tails cannot read segments now count={} attempt={}", work.size(), attempt, e);
                Thread.sleep(RETRY_NANOS / Durations.MILLISECOND * attempt);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("tails failed", e);
            }
        }
    }

    private void work(List<TailWork> work) throws Exception {
        long deadline = System.nanoTime() + WORK_NANOS;
        Found found;
        try (QueryContext context = new QueryContext(query.tenant(), deadline, tools.memory().open())) {
            for (TailWork one : work) {
                if (one instanceof TailWork.CatchUp gone) {
                    catchUp(gone);
                }
            }
            List<RowSource> opened = new ArrayList<>();
            List<TailWork.Segment> segments = new ArrayList<>();
            for (TailWork one : work) {
                if (one instanceof TailWork.Segment segment) {
                    context.hold(segment.ref().id().key(), segment.ref().size());
                    RowSource source = open(segment);
                    if (source != null) {
                        segments.add(segment);
                        opened.add(source);
                    }
                }
            }
            if (!opened.isEmpty()) {
                boolean _ = tools.workers().run(context, () -> {
                    for (int i = 0; i < opened.size(); i++) {
                        scan(segments.get(i), segments.get(i).hidden().without(opened.get(i)), context);
                    }
                    return true;
                });
            }
            found = scan.take();
        }
        deliver(found);
        long now = tools.clock().millis();
        for (TailWork one : work) {
            if (one instanceof TailWork.Segment segment) {
                tools.metrics().lag(now - segment.landedMillis());
            }
        }
    }

    /** The segment from the cache, where the follower left it; null if it was thrown out and is gone by now. */
    private @Nullable RowSource open(TailWork.Segment segment) throws IOException {
        try {
            return tools.opener().open(segment.ref());
        } catch (ObjectNotFoundException | CorruptDataException e) {
            missed(segment, e);
            return null;
        }
    }

    private void scan(TailWork.Segment segment, RowSource source, QueryContext context) throws IOException {
        try {
            scan.add(segment.number(), source, context);
        } catch (CorruptDataException e) {
            missed(segment, e);
        }
    }

    private void missed(TailWork.Segment segment, IOException why) {
        tools.metrics().missed(1);
        logger.error("tails do not see a segment key={} query={}", segment.ref().id().key(), query.query(), why);
    }

    private void catchUp(TailWork.CatchUp gone) throws Exception {
        tools.metrics().caughtUp();
        for (LogRow row : tools.history().newest(query, gone.snapshot(), gone.from(), Tail.MAX_WAITING_ROWS)) {
            scan.add(gone.number(), row);
        }
    }

    private void deliver(Found found) {
        if (!found.rows().isEmpty()) {
            TailBatch batch = TailBatch.of(found.rows(), tools.buffers());
            for (int i = 0; batch == null && i < MAX_SHED && tools.makeRoom().getAsBoolean(); i++) {
                batch = TailBatch.of(found.rows(), tools.buffers());
            }
            if (batch == null) {
                tails.forEach(tail -> tail.drop(found.rows()));
            } else {
                try {
                    for (Tail tail : tails) {
                        tail.offer(batch);
                    }
                } finally {
                    batch.release();
                }
            }
        }
        if (!found.dropped().isEmpty()) {
            tails.forEach(tail -> tail.drop(found.dropped()));
        }
    }

    /** Ends the thread. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
        Thread t = thread;
        if (t != null) {
            t.interrupt();
        }
    }
}
