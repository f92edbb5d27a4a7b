package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** What {@link FaultyObjectStore} does to a call. */
public sealed interface Fault {
    /** Fails without having done anything: a refused connection, a 503. */
    record FailBefore(boolean retryable) implements Fault {}

    /**
     * Does the whole operation, then fails: the answer was lost, and the caller cannot know the outcome. For a read this is a failure
     * without more.
     */
    record FailAfter(boolean retryable) implements Fault {}

    /** Waits so long in real time first; interruption ends the wait. */
    record Delay(Duration duration) implements Fault {
        public Delay {
            requireNonNull(duration, "duration is null");
        }
    }

    /** Waits first until the gate opens; interruption ends the wait. */
    record Hold(FaultGate gate) implements Fault {
        public Hold {
            requireNonNull(gate, "gate is null");
        }
    }

    /** A listing gets at most so many rows (at least 1) and is truncated earlier than it was asked to be: stores may do that. */
    record ShortList(int rows) implements Fault {
        public ShortList {
            if (rows < 1) {
                throw new IllegalArgumentException("a short listing has at least one row: " + rows);
            }
        }
    }

    /** A delete removes the first so many keys, then fails and may be tried again. */
    record PartialDelete(int keys) implements Fault {
        public PartialDelete {
            if (keys < 0) {
                throw new IllegalArgumentException("negative number of keys: " + keys);
            }
        }
    }

    /** The process dies here: see {@link FaultyObjectStore}. */
    record CrashBefore() implements Fault {}

    /** The operation is done, then the process dies, before it learns of it. */
    record CrashAfter() implements Fault {}
}
