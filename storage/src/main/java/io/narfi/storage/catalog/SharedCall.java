package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets callers share the result of a call, but only of one that began after they asked: while one runs, those that come wait for the next. So at
 * most one runs at a time, and a caller waits for two at most. The call runs on a thread of its own: a caller that is interrupted disturbs
 * nobody.
 */
final class SharedCall<T> {
    /** What is shared. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    private final String name;
    private final Call<T> call;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable CompletableFuture<T> running;
    private @Nullable CompletableFuture<T> next;

    SharedCall(String name, Call<T> call) {
        this.name = requireNonNull(name, "name is null");
        this.call = requireNonNull(call, "call is null");
    }

    T get() throws IOException {
        CompletableFuture<T> mine;
        lock.lock();
        try {
            if (running == null) {
                mine = new CompletableFuture<>();
                running = mine;
                start(mine);
            } else {
                if (next == null) {
                    next = new CompletableFuture<>();
                }
                mine = next;
            }
        } finally {
            lock.unlock();
        }
        try {
            return mine.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a " + name);
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        }
    }

    private void start(CompletableFuture<T> result) {
        Thread.ofVirtual().name(name).start(() -> {
            try {
                T value = call.run();
                startNext();
                result.complete(value);
            } catch (Throwable e) {
                startNext();
                result.completeExceptionally(e);
            }
        });
    }

    private void startNext() {
        lock.lock();
        try {
            CompletableFuture<T> following = next;
            running = following;
            next = null;
            if (following != null) {
                start(following);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A new exception for each caller: its stack is the caller's, its cause what happened. */
    private IOException rethrown(@Nullable Throwable e) {
        return switch (e) {
            case CatalogLostException lost -> lost;
            case CatalogCorruptException corrupt -> corrupt;
            case ObjectStoreException store ->
                new ObjectStoreException(name + " failed: " + store.getMessage(), store, store.retryable());
            case IOException io -> new IOException(name + " failed: " + io.getMessage(), io);
            case RuntimeException bug -> throw new IllegalStateException(name + " failed", bug);
            case Error error -> throw error;
            case null, default -> throw new IllegalStateException(name + " failed", e);
        };
    }
}
