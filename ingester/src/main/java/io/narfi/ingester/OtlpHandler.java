package io.narfi.ingester;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.http.Handler;
import io.narfi.http.Request;
import io.narfi.http.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Serves {@code POST /otlp/v1/logs} (contract/http-api.md §4.1): a push whose errors are {@code google.rpc.Status} messages with only their
 * text, and whose 500 is a 503, which OTLP's clients try again.
 */
public final class OtlpHandler implements Handler {
    private static final String PROTOBUF = "application/octet-stream";
    private static final int UNAUTHORIZED = 401;
    private static final int INTERNAL = 500;
    private static final int UNAVAILABLE = 503;

    /** Field 2, length-delimited. */
    private static final int MESSAGE_TAG = 2 << 3 | 2;

    private final PushHandler push;

    public OtlpHandler(PushHandler push) {
        this.push = requireNonNull(push, "push is null");
    }

    @Override
    public void handle(Request request, Response response) throws IOException, InterruptedException {
        try {
            push.handle(request, response);
        } catch (ApiException e) {
            // Authentication stands before the handler in Loki, so its answer is text.
            if (e.status() == UNAUTHORIZED || response.started()) {
                throw e;
            }
            response.send(e.status() == INTERNAL ? UNAVAILABLE : e.status(), PROTOBUF, status(e.text()));
        }
    }

    /** {@code google.rpc.Status { string message = 2; }}. */
    static byte[] status(String text) {
        byte[] message = text.getBytes(UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(message.length + 6);
        if (message.length > 0) {
            out.write(MESSAGE_TAG);
            int length = message.length;
            while (length > 0x7f) {
                out.write(length & 0x7f | 0x80);
                length >>>= 7;
            }
            out.write(length);
            out.writeBytes(message);
        }
        return out.toByteArray();
    }
}
