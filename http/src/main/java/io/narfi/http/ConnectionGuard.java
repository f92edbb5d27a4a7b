package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands first on a connection: admits it, counts bytes, and closes it when the client is silent for too long. What the time limit is
 * depends on what the connection waits for: the first request, the rest of a request's head, or the next request.
 */
final class ConnectionGuard extends ChannelDuplexHandler {
    private static final Logger logger = LoggerFactory.getLogger(ConnectionGuard.class);

    private enum Waits {
        FOR_HEAD,
        FOR_REQUEST,
        FOR_REST,
        FOR_NOTHING
    }

    private final ServerContext server;
    private Waits waits = Waits.FOR_HEAD;
    private boolean plainHttp1;
    private boolean admitted;
    private int streams;
    /** Bytes came after the end of the request that is being handled: the next one has begun. */
    private boolean nextBegan;
    private @Nullable Deadline deadline;

    ConnectionGuard(ServerContext server) {
        this.server = requireNonNull(server, "server is null");
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        if (server.draining) {
            // Accepted just before the listening socket closed: nothing waits for its requests any more.
            ChannelFuture _ = ctx.close();
            return;
        }
        if (server.openConnections.incrementAndGet() > server.config.limits().connections()) {
            server.openConnections.decrementAndGet();
            server.metrics.rejected(ServerMetrics.Rejection.CONNECTIONS);
            turnAway(ctx);
            return;
        }
        admitted = true;
        server.connections.add(ctx.channel());
        deadline = new Deadline(ctx.channel().eventLoop(), () -> expired(ctx));
        deadline.in(server.config.timeouts().read().toNanos());
        super.channelActive(ctx);
    }

    private void turnAway(ChannelHandlerContext ctx) {
        if (server.config.tls() != null) {
            ChannelFuture _ = ctx.close();
            return;
        }
        String text = "too many connections\n";
        String response = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: "
                + text.length() + "\r\n\r\n" + text;
        ChannelFuture _ = ctx.writeAndFlush(Unpooled.copiedBuffer(response, StandardCharsets.US_ASCII)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        if (admitted) {
            server.openConnections.decrementAndGet();
            server.connections.remove(ctx.channel());
        }
        if (deadline != null) {
            deadline.cancel();
        }
        super.channelInactive(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        if (!admitted) {
            ReferenceCountUtil.release(msg);
            return;
        }
        if (msg instanceof ByteBuf bytes) {
            server.metrics.received.increment(bytes.readableBytes());
        }
        if (waits == Waits.FOR_REQUEST) {
            waitFor(Waits.FOR_HEAD, server.config.timeouts().read().toNanos());
        }
        nextBegan = true;
        super.channelRead(ctx, msg);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
        if (msg instanceof ByteBuf bytes) {
            server.metrics.sent.increment(bytes.readableBytes());
        }
        super.write(ctx, msg, promise);
    }

    /** The connection speaks HTTP/1.1 in clear text, so an answer can be written to it here. */
    void speaksPlainHttp1() {
        plainHttp1 = true;
    }

    /** The head of a request has come; other limits hold now. */
    void requestBegan() {
        waits = Waits.FOR_NOTHING;
        if (deadline != null) {
            deadline.clear();
        }
    }

    /** The body of a request has come to its end. */
    void requestEnded() {
        nextBegan = false;
    }

    /** The response is sent, the rest of the request's body is still to come. */
    void readsRest() {
        waitFor(Waits.FOR_REST, server.config.timeouts().read().toNanos());
    }

    /** The connection waits for the next request. */
    void awaitsRequest() {
        if (nextBegan) {
            waitFor(Waits.FOR_HEAD, server.config.timeouts().read().toNanos());
        } else {
            waitFor(Waits.FOR_REQUEST, server.config.timeouts().idle().toNanos());
        }
    }

    /** A stream of an HTTP/2 connection opened. */
    void streamOpened() {
        streams++;
        requestBegan();
    }

    /** A stream of an HTTP/2 connection closed. */
    void streamClosed() {
        if (--streams == 0) {
            waits = Waits.FOR_NOTHING;
            if (deadline != null) {
                deadline.in(server.config.timeouts().idle().toNanos());
            }
        }
    }

    private void waitFor(Waits what, long nanos) {
        waits = what;
        if (deadline != null) {
            deadline.in(nanos);
        }
    }

    private void expired(ChannelHandlerContext ctx) {
        logger.debug("closing the connection of {}: {} timed out", ctx.channel().remoteAddress(), waits);
        if (waits == Waits.FOR_HEAD && plainHttp1) {
            server.metrics.rejected(ServerMetrics.Rejection.TIMEOUT);
            String response = "HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n408 Request Timeout";
            ChannelFuture _ = ctx.writeAndFlush(Unpooled.copiedBuffer(response, StandardCharsets.US_ASCII)).addListener(ChannelFutureListener.CLOSE);
        } else {
            // From the end of the pipeline, so that HTTP/2 and TLS say goodbye.
            ChannelFuture _ = ctx.channel().close();
        }
    }
}
