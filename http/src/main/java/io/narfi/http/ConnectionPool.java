package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections of a {@link HttpCaller} and keeps the idle ones, newest first. A place is taken before a connection is made, so
 * the bounds hold whatever happens.
 */
final class ConnectionPool {
    private final int perOrigin;
    private final int all;
    private final ReentrantLock lock = new ReentrantLock();
    /** Callers in line for each origin; without the line, a busy thread would take its own connection again and again. */
    private final Map<Origin, ArrayDeque<Condition>> waiting = new HashMap<>();
    private final Map<Origin, ArrayDeque<ClientConnection>> idle = new HashMap<>();
    private final Map<Origin, Integer> openTo = new HashMap<>();
    /** Those that hold a place, idle or not. */
    private final Set<ClientConnection> open = new HashSet<>();
    private boolean closed;

    ConnectionPool(int perOrigin, int all) {
        this.perOrigin = perOrigin;
        this.all = all;
    }

    /** Makes connections. */
    interface Maker {
        ClientConnection make();
    }

    /**
     * Takes an idle connection, or a place for a new one, which is made but not connected.
     *
     * @param fresh not to take an idle one
     * @throws NotSentException if there is no place within {@code waitNanos} or the pool is closed
     */
    @SuppressWarnings("ReferenceEquality") // whose turn it is, the very condition
    ClientConnection acquire(Origin origin, boolean fresh, long waitNanos, Maker maker) throws NotSentException, InterruptedException {
        long left = waitNanos;
        Condition turn = null;
        lock.lockInterruptibly();
        try {
            while (true) {
                if (closed) {
                    throw new NotSentException("the caller is closed");
                }
                ArrayDeque<Condition> queue = waiting.get(origin);
                if (queue == null || requireNonNull(queue.peek()).equals(turn)) {
                    ClientConnection connection = take(origin, fresh, maker);
                    if (connection != null) {
                        return connection;
                    }
                }
                if (left <= 0) {
                    throw new NotSentException("no connection to " + origin.hostHeader() + " became free within "
                            + TimeUnit.NANOSECONDS.toMillis(waitNanos) + " ms");
                }
                if (turn == null) {
                    turn = lock.newCondition();
                    waiting.computeIfAbsent(origin, _ -> new ArrayDeque<>()).add(turn);
                }
                left = turn.awaitNanos(left);
            }
        } finally {
            if (turn != null) {
                leaveQueue(origin, turn);
            }
            lock.unlock();
        }
    }

    private void leaveQueue(Origin origin, Condition turn) {
        ArrayDeque<Condition> queue = requireNonNull(waiting.get(origin));
        queue.remove(turn);
        if (queue.isEmpty()) {
            waiting.remove(origin);
        }
        wake();
    }

    /** Something became free: the first in line for each origin looks again. */
    private void wake() {
        for (ArrayDeque<Condition> queue : waiting.values()) {
            requireNonNull(queue.peek()).signal();
        }
    }

    /** An idle connection or a new one, or null if there is neither. */
    private @Nullable ClientConnection take(Origin origin, boolean fresh, Maker maker) {
        ArrayDeque<ClientConnection> resting = idle.get(origin);
        if (resting != null && !fresh) {
            ClientConnection connection = resting.removeLast();
            if (resting.isEmpty()) {
                idle.remove(origin);
            }
            return connection;
        }
        boolean full = openTo.getOrDefault(origin, 0) >= perOrigin;
        if (full && resting != null) {
            evict(origin);
            full = false;
        } else if (!full && open.size() >= all && !idle.isEmpty()) {
            evict(idle.keySet().iterator().next());
        }
        if (full || open.size() >= all) {
            return null;
        }
        ClientConnection connection = maker.make();
        open.add(connection);
        openTo.merge(origin, 1, Integer::sum);
        return connection;
    }

    /** Closes the connection that has been idle for the longest time; its channel closes on the event loop. */
    private void evict(Origin origin) {
        ArrayDeque<ClientConnection> resting = requireNonNull(idle.get(origin));
        ClientConnection oldest = resting.removeFirst();
        if (resting.isEmpty()) {
            idle.remove(origin);
        }
        remove(oldest);
        oldest.shut();
    }

    /** A connection is idle now. */
    void released(ClientConnection connection) {
        boolean keep;
        lock.lock();
        try {
            keep = !closed && connection.channel().isActive() && open.contains(connection);
            if (keep) {
                idle.computeIfAbsent(connection.origin, _ -> new ArrayDeque<>()).addLast(connection);
                wake();
            }
        } finally {
            lock.unlock();
        }
        if (!keep) {
            connection.discard();
        }
    }

    /** A connection in use is given up. */
    void discarded(ClientConnection connection) {
        lock.lock();
        try {
            remove(connection);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a connection out if it is idle; false if it is in use or unknown. */
    boolean forget(ClientConnection connection) {
        lock.lock();
        try {
            ArrayDeque<ClientConnection> resting = idle.get(connection.origin);
            if (resting == null || !resting.remove(connection)) {
                return false;
            }
            if (resting.isEmpty()) {
                idle.remove(connection.origin);
            }
            remove(connection);
            wake();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void remove(ClientConnection connection) {
        if (open.remove(connection)) {
            openTo.computeIfPresent(connection.origin, (_, n) -> n == 1 ? null : n - 1);
        }
    }

    int open() {
        lock.lock();
        try {
            return open.size();
        } finally {
            lock.unlock();
        }
    }

    /** No more connections; those in use end with their calls. */
    void close() {
        Set<ClientConnection> rest = new HashSet<>();
        lock.lock();
        try {
            closed = true;
            idle.values().forEach(rest::addAll);
            idle.clear();
            rest.forEach(this::remove);
            wake();
        } finally {
            lock.unlock();
        }
        rest.forEach(ClientConnection::shut);
    }
}
