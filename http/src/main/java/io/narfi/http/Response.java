package io.narfi.http;

import io.narfi.common.ApiException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The response to a request: status and headers first, then one body, either whole or as a stream. */
public interface Response {
    /** Sets the status, 200 unless set; 200 to 599. */
    Response status(int status);

    /** Header fields to send; {@code Content-Length}, {@code Transfer-Encoding}, {@code Connection} and {@code Date} are the kit's. */
    Headers headers();

    default Response header(String name, String value) {
        headers().set(name, value);
        return this;
    }

    /**
     * Sends everything and returns when it is written, or throws when the client does not take it in time.
     *
     * @throws IOException if the client is gone or too slow
     * @throws IllegalStateException if a response has begun
     */
    void send(byte[] body) throws IOException;

    default void send(int status, String contentType, byte[] body) throws IOException {
        status(status).header("Content-Type", contentType).send(body);
    }

    default void sendText(int status, String text) throws IOException {
        send(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The body as a stream. The headers go out with the first piece. Writes are gathered into pieces of 32 KiB ({@code flush} sends at once)
     * and block while the client does not read. The body ends when the handler returns, whether or not it closed the stream; when the
     * handler throws, the body is cut off so that the client sees the failure, or the error is sent instead if nothing went out yet. So
     * try-with-resources is safe here.
     *
     * @throws IllegalStateException if a response has begun
     */
    OutputStream stream() throws IOException;

    /** As {@link #stream()} with a length that is announced; exactly so many bytes must be written. Never compressed. */
    OutputStream stream(long contentLength) throws IOException;

    /**
     * Answers 101 with the headers set so far and hands the connection over as raw bytes, until the handler returns or either side closes.
     * The stop of the server cancels the request at once.
     *
     * @param protocol the value of the Upgrade field
     * @throws ApiException 400 on HTTP/2 or if the client sent more than the request before the answer
     * @throws IllegalStateException if a response has begun
     */
    Duplex switchProtocols(String protocol) throws IOException;

    /** Whether headers were sent, so that status and headers cannot change any more. */
    boolean started();
}
