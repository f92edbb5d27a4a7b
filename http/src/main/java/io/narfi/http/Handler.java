package io.narfi.http;

/** Answers the requests of a {@link Route}; runs on a virtual thread of its own, so it may block. */
@FunctionalInterface
public interface Handler {
    /**
     * Reads the request and writes the response before it returns. The thread is interrupted when the client goes away. If nothing was
     * written, the response's status and headers go out with an empty body.
     *
     * @throws io.narfi.common.ApiException for a status and text to answer with
     * @throws Exception anything else is answered by 500 and an id, or cuts the connection if the response has begun
     */
    void handle(Request request, Response response) throws Exception;
}
