package io.narfi.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Why the head of a request is answered before any handler sees it, in the words of Go's server. */
enum Refusal {
    MALFORMED(400, "400 Bad Request"),
    NO_HOST(400, "400 Bad Request: missing required Host header"),
    LONG_LINE(414, "414 URI Too Long"),
    EXPECTATION(417, "417 Expectation Failed"),
    LONG_HEADERS(431, "431 Request Header Fields Too Large");

    private final int status;
    private final String text;

    Refusal(int status, String text) {
        this.status = status;
        this.text = text;
    }

    /** The reason to refuse a request; null if there is none. */
    static @Nullable Refusal of(HttpRequest head, boolean http2) {
        if (head.decoderResult().isFailure()) {
            Throwable cause = head.decoderResult().cause();
            if (cause instanceof TooLongHttpLineException) {
                return LONG_LINE;
            }
            return cause instanceof TooLongHttpHeaderException ? LONG_HEADERS : MALFORMED;
        }
        if (!http2 && head.protocolVersion().equals(HttpVersion.HTTP_1_1) && !head.headers().contains(HttpHeaderNames.HOST)) {
            return NO_HOST;
        }
        if (head.headers().contains(HttpHeaderNames.EXPECT) && !HttpUtil.is100ContinueExpected(head)) {
            return EXPECTATION;
        }
        return null;
    }

    FullHttpResponse response(boolean http2) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
        if (!http2) {
            response.headers().set(HttpHeaderNames.CONNECTION, "close");
        }
        return response;
    }
}
