package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one HTTP/1.1 connection in turn, or the one of an HTTP/2 stream. Reads from the socket only when the body that is being
 * read has room, so a slow handler slows its client down. While a handler works on a whole request one read stays open, so that a client
 * that goes away is seen; what it brings instead, pipelined requests, waits in {@code inbox}, at most one read (64 KiB) of them.
 */
final class ExchangeHandler extends ChannelInboundHandlerAdapter {
    private static final Logger logger = LoggerFactory.getLogger(ExchangeHandler.class);
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServerContext server;
    private final boolean http2;
    private final @Nullable ConnectionGuard guard;
    private final ArrayDeque<HttpObject> inbox = new ArrayDeque<>();
    private @Nullable Exchange current;
    /** The body that is still coming in; may outlive its exchange. */
    private @Nullable BodyQueue incoming;
    /** What comes after the connection was switched to another protocol. */
    private @Nullable BodyQueue raw;
    private boolean readPending;
    private boolean closing;
    private boolean pumping;

    /**
     * Makes the handler of an HTTP/1.1 connection.
     *
     * @param guard of the connection; null on an HTTP/2 stream
     */
    ExchangeHandler(ServerContext server, @Nullable ConnectionGuard guard) {
        this.server = requireNonNull(server, "server is null");
        this.guard = guard;
        this.http2 = guard == null;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(false);
        if (ctx.channel().isActive()) {
            readIfWanted(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        super.channelActive(ctx);
        readIfWanted(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (raw != null && msg instanceof ByteBuf bytes) {
            raw.offer(bytes);
            return;
        }
        if (closing && incoming == null) {
            ReferenceCountUtil.release(msg);
            return;
        }
        inbox.add((HttpObject) msg);
        pump(ctx);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readPending = false;
        readIfWanted(ctx);
    }

    private void readIfWanted(ChannelHandlerContext ctx) {
        if (!readPending && wantsMore()) {
            readPending = true;
            ctx.read();
        }
    }

    private boolean wantsMore() {
        if (raw != null) {
            return raw.wantsMore();
        }
        return inbox.isEmpty() && (incoming == null ? !closing : incoming.wantsMore());
    }

    /** Handles what has come, up to the head of a request whose turn it is not. */
    private void pump(ChannelHandlerContext ctx) {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            for (HttpObject message = inbox.peek();
                    message != null && !(message instanceof HttpRequest && current != null);
                    message = inbox.peek()) {
                inbox.remove();
                try {
                    if (message instanceof HttpRequest head) {
                        begin(ctx, head);
                    }
                    if (message instanceof HttpContent content) {
                        receive(ctx, content);
                    }
                } finally {
                    ReferenceCountUtil.release(message);
                }
            }
        } finally {
            pumping = false;
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        if (closing) {
            return;
        }
        Refusal refusal = Refusal.of(head, http2);
        if (refusal != null) {
            refuse(ctx, refusal);
            return;
        }
        if (guard != null) {
            guard.requestBegan();
        }
        Channel channel = ctx.channel();
        Channel connection = channel instanceof Http2StreamChannel stream ? stream.parent() : channel;
        boolean secure = connection.pipeline().get(SslHandler.class) != null;
        Exchange exchange =
                new Exchange(head, channel, server, http2, secure, (InetSocketAddress) connection.remoteAddress(), new Link(ctx));
        current = exchange;
        incoming = exchange.bodyQueue();
        boolean admitted = server.requestPermits.tryAcquire();
        server.inflight.incrementAndGet();
        server.exchanges.add(exchange);
        ExchangeRunner runner = new ExchangeRunner(exchange, admitted, response -> {
            if (admitted) {
                server.requestPermits.release();
            }
            onLoop(ctx, () -> ended(ctx, exchange, response));
            server.inflight.decrementAndGet();
            server.exchanges.remove(exchange);
        });
        Thread.ofVirtual().name("http-" + exchange.id()).start(runner);
    }

    private static void onLoop(ChannelHandlerContext ctx, Runnable task) {
        try {
            ctx.channel().eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            // The loop ended, and the connection with it.
            logger.debug("the event loop has stopped", e);
        }
    }

    private void receive(ChannelHandlerContext ctx, HttpContent content) {
        BodyQueue body = incoming;
        if (body == null) {
            return;
        }
        if (content.decoderResult().isFailure()) {
            server.metrics.rejected(ServerMetrics.Rejection.MALFORMED);
            body.fail(ApiException.badRequest("malformed request body"));
            closing = true;
            return;
        }
        body.offer(content.content().retain());
        if (content instanceof LastHttpContent) {
            body.end();
            incoming = null;
            if (guard != null) {
                guard.requestEnded();
            }
            if (closing && current == null) {
                close(ctx);
            } else if (current == null && guard != null) {
                guard.awaitsRequest();
            }
        }
    }

    /** The handler of the request has returned and nothing of its response is under way. */
    private void ended(ChannelHandlerContext ctx, Exchange exchange, ServerResponse response) {
        current = null;
        exchange.bodyQueue().close();
        if (raw != null) {
            raw.close();
            close(ctx);
            return;
        }
        if (!ctx.channel().isActive()) {
            return;
        }
        if (http2) {
            if (!response.complete() || incoming != null) {
                Http2Error error = response.complete() ? Http2Error.NO_ERROR : Http2Error.INTERNAL_ERROR;
                ChannelFuture _ = ctx.writeAndFlush(new DefaultHttp2ResetFrame(error)).addListener(ChannelFutureListener.CLOSE);
            }
            return;
        }
        if (!response.complete()) {
            close(ctx);
        } else if (closing || !response.keepAlive()) {
            closing = true;
            if (incoming == null) {
                close(ctx);
            } else {
                linger(ctx);
            }
        } else {
            if (guard != null) {
                if (incoming == null) {
                    guard.awaitsRequest();
                } else {
                    guard.readsRest();
                }
            }
            pump(ctx);
            readIfWanted(ctx);
        }
    }

    /** Closing with unread data would reset the connection, and the client might lose the response that is on its way to it. */
    private void linger(ChannelHandlerContext ctx) {
        if (ctx.pipeline().get(SslHandler.class) == null && ctx.channel() instanceof DuplexChannel duplex) {
            ChannelFuture _ = duplex.shutdownOutput();
        }
        Future<?> _ = ctx.channel().eventLoop().schedule(() -> close(ctx), LINGER_NANOS, TimeUnit.NANOSECONDS);
        readIfWanted(ctx);
    }

    private static void close(ChannelHandlerContext ctx) {
        ChannelFuture _ = ctx.close();
    }

    /** Answers what is not a request that a handler could see, and closes. */
    private void refuse(ChannelHandlerContext ctx, Refusal refusal) {
        server.metrics.rejected(ServerMetrics.Rejection.MALFORMED);
        closing = true;
        ChannelFuture _ = ctx.writeAndFlush(refusal.response(http2)).addListener(f -> linger(ctx));
    }

    /** Closes a connection that waits for a request; the others end after their response because the server drains. */
    void closeIfIdle(ChannelHandlerContext ctx) {
        if (current == null && incoming == null) {
            close(ctx);
        }
    }


    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof Http2ResetFrame) {
            gone();
        }
        super.userEventTriggered(ctx, event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        gone();
        super.channelInactive(ctx);
    }

    private void gone() {
        closing = true;
        if (current != null) {
            current.cancel("the client closed the connection");
        }
        if (incoming != null) {
            incoming.fail(new IOException("the client closed the connection"));
            incoming = null;
        }
        if (raw != null) {
            raw.end();
        }
        inbox.forEach(ReferenceCountUtil::release);
        inbox.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        logger.debug("connection of {} failed", ctx.channel().remoteAddress(), cause);
        ChannelFuture _ = ctx.close();
    }

    /** The way back from the handler's thread to the event loop. */
    private final class Link implements ExchangeLink {
        private final ChannelHandlerContext ctx;

        Link(ChannelHandlerContext ctx) {
            this.ctx = ctx;
        }

        @Override
        public void resume() {
            onLoop(ctx, () -> readIfWanted(ctx));
        }

        @Override
        public BodyQueue takeOver(String head) throws IOException {
            if (http2) {
                throw ApiException.badRequest("HTTP/2 cannot switch protocols");
            }
            CompletableFuture<BodyQueue> switched = new CompletableFuture<>();
            onLoop(ctx, () -> {
                try {
                    switched.complete(switchNow(head));
                } catch (ApiException | IOException e) {
                    switched.completeExceptionally(e);
                }
            });
            try {
                return switched.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while switching protocols", e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof ApiException api) {
                    throw new ApiException(api.status(), api.text(), api);
                }
                throw new IOException(e.getCause());
            }
        }

        private BodyQueue switchNow(String head) throws IOException {
            if (!ctx.channel().isActive()) {
                throw new IOException("the client closed the connection");
            }
            if (incoming != null || !inbox.isEmpty()) {
                throw ApiException.badRequest("more than a request before the switch of protocols");
            }
            BodyQueue in = new BodyQueue(this::resume, Long.MAX_VALUE, false);
            raw = in;
            if (ctx.pipeline().get(HttpServerUpgradeHandler.class) != null) {
                ctx.pipeline().remove(HttpServerUpgradeHandler.class);
            }
            ctx.pipeline().remove(HttpServerCodec.class);
            ChannelFuture _ = ctx.writeAndFlush(Unpooled.copiedBuffer(head, StandardCharsets.US_ASCII));
            readIfWanted(ctx);
            return in;
        }
    }
}
