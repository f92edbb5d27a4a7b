package io.narfi.cli;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lines on their way from the thread that reads the input to the one that sends them; bounded in number and in characters, for lines may be long. */
final class LineQueue {
    private static final int MAX_LINES = 1024;
    private static final int MAX_CHARS = 16 << 20;

    /**
     * A line, or the end of the input.
     *
     * @param line null at the end
     * @param failure why the input ended early
     */
    record Item(@Nullable String line, @Nullable Exception failure) {}

    private final BlockingQueue<Item> items = new ArrayBlockingQueue<>(MAX_LINES);
    private final Semaphore room = new Semaphore(MAX_CHARS);

    /** Waits for room. */
    void put(String line) throws InterruptedException {
        room.acquire(size(line));
        items.put(new Item(line, null));
    }

    /** No line comes any more. */
    void end(@Nullable Exception failure) throws InterruptedException {
        items.put(new Item(null, failure));
    }

    /** The next item, or null if there is none within the time. */
    @Nullable Item poll(long nanos) throws InterruptedException {
        Item item = nanos > 0 ? items.poll(nanos, TimeUnit.NANOSECONDS) : items.poll();
        if (item != null && item.line() != null) {
            room.release(size(item.line()));
        }
        return item;
    }

    private static int size(String line) {
        return Math.min(line.length(), MAX_CHARS);
    }
}
