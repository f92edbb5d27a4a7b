package io.narfi.common;

/** A part of a process with a life of its own; {@code /services} and {@code /ready} show its state. */
public interface Service {
    /** Loki's names of states, as {@code /services} prints them. */
    enum State {
        New,
        Starting,
        Running,
        Stopping,
        Terminated,
        Failed
    }

    /** The name that {@code /services} prints, for example {@code ingester}. */
    String name();

    State state();

    /** Starts and returns when the service can do its work. */
    void start() throws Exception;

    /** Finishes what runs, flushes, and returns when nothing of the service is left; called once, also after a failed start. */
    void stop() throws Exception;
}
