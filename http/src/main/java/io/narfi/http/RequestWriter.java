package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Writes one call to a connection, small ones in one message, others piece by piece as the other side takes them. */
final class RequestWriter {
    private static final int PIECE_BYTES = 32 << 10;
    private static final Set<String> KIT_HEADERS =
            Set.of("host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "te", "trailer", "upgrade");

    private final Channel channel;
    private final Origin origin;
    private final Call call;
    private final CompletableFuture<ClientReply> head;
    private final long timeoutNanos;

    /**
     * Makes a writer.
     *
     * @param head of the reply; failed here if the request cannot be sent
     * @param timeoutNanos for the other side to take more
     */
    RequestWriter(Channel channel, Origin origin, Call call, CompletableFuture<ClientReply> head, long timeoutNanos) {
        this.channel = requireNonNull(channel, "channel is null");
        this.origin = requireNonNull(origin, "origin is null");
        this.call = requireNonNull(call, "call is null");
        this.head = requireNonNull(head, "head is null");
        this.timeoutNanos = timeoutNanos;
    }

    /**
     * Writes the request; false if the reply came before its end.
     *
     * @throws NotSentException if not even its head went out
     */
    boolean write() throws IOException {
        String base = call.origin().getRawPath();
        String target = base == null || base.isEmpty() || base.equals("/") ? call.target() : strip(base) + call.target();
        HttpMethod method = HttpMethod.valueOf(call.method());
        return switch (call.body()) {
            case Call.Body.None _ -> {
                boolean expectsBody = method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT) || method.equals(HttpMethod.PATCH);
                yield writeWhole(method, target, Unpooled.EMPTY_BUFFER, expectsBody);
            }
            case Call.Body.Bytes(byte[] bytes) when bytes.length <= BodySink.HIGH_BYTES ->
                writeWhole(method, target, Unpooled.wrappedBuffer(bytes), true);
            case Call.Body.Bytes(byte[] bytes) ->
                writeStream(method, target, new ByteArrayInputStream(bytes), bytes.length);
            case Call.Body.Stream(InputStream in, long length) -> writeStream(method, target, in, length);
        };
    }

    private static String strip(String base) {
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    private boolean writeWhole(HttpMethod method, String target, ByteBuf body, boolean withLength) {
        DefaultFullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, target, body);
        fillHead(request);
        if (withLength) {
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        }
        ChannelFuture _ = channel.writeAndFlush(request).addListener(f -> {
            if (!f.isSuccess()) {
                head.completeExceptionally(new NotSentException("cannot send to " + origin.hostHeader(), f.cause()));
            }
        });
        return true;
    }

    private boolean writeStream(HttpMethod method, String target, InputStream in, long length) throws IOException {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target);
        fillHead(request);
        if (length >= 0) {
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        } else {
            request.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        BodySink sink = new BodySink(channel, timeoutNanos);
        try {
            sink.write(request, 1);
            sink.flush();
        } catch (IOException e) {
            throw new NotSentException("cannot send to " + origin.hostHeader(), e);
        }
        long sent = 0;
        byte[] piece = new byte[PIECE_BYTES];
        while (length < 0 || sent < length) {
            int most = length < 0 ? piece.length : (int) Math.min(piece.length, length - sent);
            int n = in.read(piece, 0, most);
            if (n < 0) {
                if (length >= 0) {
                    throw new IOException("the body of the call ended after " + sent + " of " + length + " bytes");
                }
                break;
            }
            if (head.isDone()) {
                return false;
            }
            sent += n;
            if (!writeUnlessAnswered(sink, new DefaultHttpContent(channel.alloc().directBuffer(n, n).writeBytes(piece, 0, n)), n)) {
                return false;
            }
        }
        return writeUnlessAnswered(sink, new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER), 1);
    }

    /** A server that answers before it read everything may close its end: then the answer counts, not the failed write. */
    private boolean writeUnlessAnswered(BodySink sink, Object message, int bytes) throws IOException {
        try {
            sink.write(message, bytes);
            return true;
        } catch (IOException e) {
            if (head.isDone() && !head.isCompletedExceptionally()) {
                return false;
            }
            throw e;
        }
    }

    private void fillHead(HttpRequest request) {
        request.headers().set(HttpHeaderNames.HOST, origin.hostHeader());
        call.headers().forEach((name, value) -> {
            if (!KIT_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                request.headers().add(name, value);
            }
        });
        if (call.upgrade() != null) {
            request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            request.headers().set(HttpHeaderNames.UPGRADE, call.upgrade());
        }
    }
}
