package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A pooled connection of {@link HttpCaller}: one call at a time; between calls a read stays open, so that the other side's end is seen.
 * Added to a second channel only when connecting the first one failed.
 */
@ChannelHandler.Sharable
final class ClientConnection extends ChannelInboundHandlerAdapter {
    final Origin origin;
    private final ConnectionPool pool;
    private final HttpCallerConfig config;
    private @Nullable Channel channel;
    private volatile @Nullable CompletableFuture<ClientReply> awaited;
    private volatile boolean reused;
    private volatile long idleSince;
    // Of the event loop only.
    private @Nullable BodyQueue body;
    private @Nullable Deadline idle;
    /** What comes after the other side agreed to another protocol, and the reply that says so. */
    private @Nullable BodyQueue raw;

    private @Nullable ClientReply switching;
    private boolean readPending;
    private boolean skipping;

    ClientConnection(Origin origin, ConnectionPool pool, HttpCallerConfig config) {
        this.origin = requireNonNull(origin, "origin is null");
        this.pool = requireNonNull(pool, "pool is null");
        this.config = requireNonNull(config, "config is null");
    }

    /** The channel, once it is connected. */
    Channel channel() {
        return requireNonNull(channel, "not connected");
    }

    void connected(Channel newChannel) {
        channel = newChannel;
    }

    /** Whether the connection has served a call before, so that the other side may have closed it meanwhile. */
    boolean reused() {
        return reused;
    }

    /** Begins a call; the future is completed by the head of the reply. */
    CompletableFuture<ClientReply> begin() {
        CompletableFuture<ClientReply> head = new CompletableFuture<>();
        awaited = head;
        return head;
    }

    /** The call and its reply are over and the connection can serve another. */
    void rest() {
        awaited = null;
        reused = true;
        idleSince = System.nanoTime();
    }

    /** Closes the channel; its place in the pool is the caller's affair. */
    void shut() {
        if (channel != null) {
            ChannelFuture _ = channel.close();
        }
    }

    /** Gives the connection up. */
    void discard() {
        shut();
        pool.discarded(this);
    }

    /** The reply's end: back to the pool if nothing of call and reply is under way. */
    void release(boolean clean) {
        if (clean && channel().isActive()) {
            rest();
            pool.released(this);
        } else {
            discard();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        idle = new Deadline(ctx.channel().eventLoop(), () -> idled(ctx));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        idleSince = System.nanoTime();
        requireNonNull(idle).in(config.idleTimeout().toNanos());
        super.channelActive(ctx);
        readIfWanted(ctx);
    }

    private void idled(ChannelHandlerContext ctx) {
        long left = awaited == null ? config.idleTimeout().toNanos() - (System.nanoTime() - idleSince) : config.idleTimeout().toNanos();
        if (left > 0) {
            requireNonNull(idle).in(left);
        } else if (pool.forget(this)) {
            ChannelFuture _ = ctx.close();
        } else {
            requireNonNull(idle).in(config.idleTimeout().toNanos());
        }
    }

    private void readIfWanted(ChannelHandlerContext ctx) {
        BodyQueue queue = raw == null ? body : raw;
        if (!readPending && (queue == null || queue.wantsMore())) {
            readPending = true;
            ctx.read();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readPending = false;
        readIfWanted(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (raw != null && msg instanceof ByteBuf bytes) {
            raw.offer(bytes);
            return;
        }
        try {
            HttpObject message = (HttpObject) msg;
            if (message.decoderResult().isFailure()) {
                broken(ctx, new IOException("malformed reply from " + origin.hostHeader(), message.decoderResult().cause()));
                return;
            }
            if (message instanceof HttpResponse head) {
                begin(ctx, head);
            }
            if (message instanceof HttpContent content) {
                receive(ctx, content);
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpResponse head) {
        CompletableFuture<ClientReply> future = awaited;
        if (head.status().codeClass() == HttpStatusClass.INFORMATIONAL && head.status().code() != 101) {
            skipping = true;
            return;
        }
        if (future == null || future.isDone()) {
            broken(ctx, new IOException("a reply that nobody asked for from " + origin.hostHeader()));
            return;
        }
        BodyQueue queue = new BodyQueue(() -> resume(ctx), config.readTimeout().toNanos(), false);
        body = queue;
        Headers headers = new Headers();
        head.headers().forEach(e -> headers.add(e.getKey(), e.getValue()));
        ClientReply reply = new ClientReply(head.status().code(), headers, queue, this, keepsAlive(head));
        if (head.status().code() == 101) {
            switching = reply;
        } else {
            future.complete(reply);
        }
    }

    /** The head of a 101 is complete: from here on the connection carries bytes. */
    private void switchProtocols(ChannelHandlerContext ctx, ClientReply reply) {
        BodyQueue queue = new BodyQueue(() -> resume(ctx), Long.MAX_VALUE, false);
        raw = queue;
        switching = null;
        ctx.pipeline().remove(HttpClientCodec.class);
        // It may live for hours: the places in the pool are for calls.
        pool.discarded(this);
        reply.switched(new RawDuplex(ctx.channel(), queue, config.readTimeout().toNanos()));
        CompletableFuture<ClientReply> future = awaited;
        if (future != null) {
            future.complete(reply);
        }
    }

    private static boolean keepsAlive(HttpResponse head) {
        HttpResponseStatus status = head.status();
        boolean framed = HttpUtil.isTransferEncodingChunked(head)
                || HttpUtil.isContentLengthSet(head)
                || status.equals(HttpResponseStatus.NO_CONTENT)
                || status.equals(HttpResponseStatus.NOT_MODIFIED);
        return framed && HttpUtil.isKeepAlive(head);
    }

    private void receive(ChannelHandlerContext ctx, HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (skipping) {
            skipping = !last;
            return;
        }
        BodyQueue queue = body;
        if (queue == null) {
            return;
        }
        if (last) {
            // Before the end is told: the reader may use the connection again at once.
            body = null;
        }
        queue.offer(content.content().retain());
        if (last) {
            queue.end();
            if (switching != null) {
                switchProtocols(ctx, switching);
            }
        }
    }

    private void resume(ChannelHandlerContext ctx) {
        try {
            ctx.channel().eventLoop().execute(() -> readIfWanted(ctx));
        } catch (RejectedExecutionException e) {
            BodyQueue queue = body;
            if (queue != null) {
                queue.fail(new IOException("the caller is closed", e));
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        broken(ctx, new ConnectionEndedException("the connection to " + origin.hostHeader() + " ended"));
        if (idle != null) {
            idle.cancel();
        }
        pool.forget(this);
        super.channelInactive(ctx);
    }

    private void broken(ChannelHandlerContext ctx, IOException cause) {
        CompletableFuture<ClientReply> future = awaited;
        if (future != null) {
            future.completeExceptionally(cause);
        }
        if (body != null) {
            body.fail(cause);
            body = null;
        }
        if (raw != null) {
            raw.end();
        }
        ChannelFuture _ = ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken(ctx, new ConnectionEndedException("the connection to " + origin.hostHeader() + " failed: " + cause, cause));
    }

    /** The connection ended before the reply did. */
    static final class ConnectionEndedException extends IOException {
        private static final long serialVersionUID = 1L;

        ConnectionEndedException(String message) {
            super(message);
        }

        ConnectionEndedException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
