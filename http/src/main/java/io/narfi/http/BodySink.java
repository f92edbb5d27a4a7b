package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes from a thread to a channel. At most {@link #HIGH_BYTES} and one piece are under way; the thread waits while there are more. Counts
 * what is under way itself, because a channel's own writability says nothing about progress.
 */
final class BodySink {
    static final int HIGH_BYTES = 256 << 10;

    private final Channel channel;
    private final long timeoutNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int underWay;
    private long progress;
    private @Nullable Throwable failure;

    /**
     * Makes a sink.
     *
     * @param timeoutNanos how long the other side may take nothing before the channel is closed
     */
    BodySink(Channel channel, long timeoutNanos) {
        this.channel = requireNonNull(channel, "channel is null");
        this.timeoutNanos = timeoutNanos;
    }

    /** Hands a message over, which is released whatever happens. {@code bytes} is its size, at least 1. */
    void write(Object message, int bytes) throws IOException {
        boolean room = false;
        try {
            await(HIGH_BYTES - 1);
            room = true;
        } finally {
            if (!room) {
                ReferenceCountUtil.release(message);
            }
        }
        lock.lock();
        try {
            underWay += bytes;
        } finally {
            lock.unlock();
        }
        ChannelFuture _ = channel.writeAndFlush(message).addListener(f -> written(f, bytes));
    }

    /** Waits until all is written to the socket. */
    void flush() throws IOException {
        await(0);
    }

    private void written(Future<?> future, int bytes) {
        lock.lock();
        try {
            underWay -= bytes;
            progress++;
            if (!future.isSuccess() && failure == null) {
                failure = future.cause();
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void await(int most) throws IOException {
        lock.lock();
        try {
            long left = timeoutNanos;
            long seen = progress;
            while (underWay > most && failure == null) {
                if (left <= 0) {
                    failure = new IOException("the other side took nothing for " + timeoutNanos / 1_000_000 + " ms");
                    ChannelFuture _ = channel.close();
                    break;
                }
                left = changed.awaitNanos(left);
                if (seen != progress) {
                    seen = progress;
                    left = timeoutNanos;
                }
            }
            if (failure != null) {
                throw new IOException("cannot write: " + failure.getMessage(), failure);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException io = new InterruptedIOException("interrupted while writing a body");
            io.initCause(e);
            throw io;
        } finally {
            lock.unlock();
        }
    }
}
