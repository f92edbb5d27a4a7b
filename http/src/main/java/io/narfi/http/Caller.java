package io.narfi.http;

import java.io.IOException;

/** Makes calls to other services; safe for use by many threads. */
public interface Caller {
    /**
     * Sends a call and returns when the head of the reply is there; the reply must be closed. Interrupting the thread cuts the call off.
     *
     * @throws NotSentException if nothing of the call reached the other side, so that any call may be tried elsewhere
     * @throws CallTimeoutException if the other side did not answer in time
     * @throws IOException if the connection broke before the head of the reply came
     * @throws InterruptedException if the thread was interrupted; the call is given up
     */
    Reply call(Call call) throws IOException, InterruptedException;
}
