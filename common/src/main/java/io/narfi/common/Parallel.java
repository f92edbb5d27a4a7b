package io.narfi.common;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Runs blocking calls side by side on virtual threads. */
public final class Parallel {
    /** A call that may wait for I/O. */
    @FunctionalInterface
    public interface IoFunction<A, B> {
        B apply(A item) throws IOException;
    }

    private Parallel() {}

    /**
     * Applies a function to every item, at most {@code parallelism} at a time; the results are in the order of the items. The first failure
     * interrupts what still runs and is thrown when nothing runs any more, as is the interruption of the caller.
     *
     * @throws InterruptedIOException if the caller was interrupted; its interrupt flag is set again
     */
    public static <A, B> List<B> map(List<A> items, int parallelism, IoFunction<? super A, ? extends B> function) throws IOException {
        if (parallelism < 1) {
            throw new IllegalArgumentException("parallelism out of range: " + parallelism);
        }
        if (items.size() <= 1 || parallelism == 1) {
            List<B> results = new ArrayList<>(items.size());
            for (A item : items) {
                results.add(function.apply(item));
            }
            return results;
        }
        Object[] results = new Object[items.size()];
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = Thread.currentThread();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < Math.min(parallelism, items.size()); t++) {
            threads.add(Thread.ofVirtual().name(caller.getName() + "-" + t).start(() -> {
                for (int i = next.getAndIncrement(); i < results.length && failure.get() == null; i = next.getAndIncrement()) {
                    try {
                        results[i] = function.apply(items.get(i));
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                }
            }));
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            boolean joined = false;
            while (!joined) {
                try {
                    if (failure.get() != null) {
                        threads.forEach(Thread::interrupt);
                    }
                    joined = thread.join(Duration.ofMillis(100));
                } catch (InterruptedException e) {
                    interrupted = true;
                    failure.compareAndSet(null, new InterruptedIOException("interrupted"));
                }
            }
        }
        if (interrupted) {
            caller.interrupt();
        }
        Throwable e = failure.get();
        if (e != null) {
            switch (e) {
                case IOException io -> throw io;
                case RuntimeException bug -> throw bug;
                case Error error -> throw error;
                default -> throw new IllegalStateException(e);
            }
        }
        @SuppressWarnings("unchecked")
        List<B> list = (List<B>) Arrays.asList(results);
        return list;
    }
}
