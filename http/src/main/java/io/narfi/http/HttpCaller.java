package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls other services over pooled HTTP/1.1 connections. Calls block, so they belong on virtual threads. A GET or HEAD whose pooled
 * connection turns out to be closed by the other side is sent once more on a new one; nothing else is repeated.
 */
public final class HttpCaller implements Caller, AutoCloseable {
    private static final int PIECE_BYTES = 32 << 10;
    private static final int INITIAL_LINE_BYTES = 4 << 10;
    private static final Set<String> KIT_HEADERS =
            Set.of("host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "te", "trailer", "upgrade");

    private final HttpCallerConfig config;
    private final MeterRegistry registry;
    private final ConnectionPool pool;
    private final Transport transport = Transport.best();
    private final EventLoopGroup loops;
    private @Nullable SslContext ssl;

    public HttpCaller(HttpCallerConfig config, MeterRegistry registry) {
        this.config = requireNonNull(config, "config is null");
        this.registry = requireNonNull(registry, "registry is null");
        this.pool = new ConnectionPool(config.connectionsPerOrigin(), config.connections());
        this.loops = transport.group(config.eventLoopThreads(), "http-call");
        Gauge.builder("narfi.http.client.connections", pool, ConnectionPool::open)
                .description("Open connections to other services, idle ones included")
                .register(registry);
    }

    @Override
    public Reply call(Call call) throws IOException, InterruptedException {
        requireNonNull(call, "call is null");
        long start = System.nanoTime();
        String outcome = "error";
        try {
            Reply reply = send(call);
            outcome = reply.status() / 100 + "xx";
            return reply;
        } catch (NotSentException e) {
            outcome = "not_sent";
            throw e;
        } catch (CallTimeoutException e) {
            outcome = "timeout";
            throw e;
        } catch (InterruptedException e) {
            outcome = "cancelled";
            throw e;
        } finally {
            Timer.builder("narfi.http.client.duration")
                    .description("Time from the start of a call to the head of its reply")
                    .tag("outcome", outcome)
                    .register(registry)
                    .record(Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private Reply send(Call call) throws IOException, InterruptedException {
        Origin origin = Origin.of(call.origin());
        boolean repeatable =
                !(call.body() instanceof Call.Body.Stream) && (call.method().equals("GET") || call.method().equals("HEAD"));
        ClientConnection connection = connect(origin, false);
        try {
            return exchange(connection, origin, call);
        } catch (ClientConnection.ConnectionEndedException | NotSentException e) {
            if (!connection.reused() || (!repeatable && !(e instanceof NotSentException))) {
                throw e;
            }
            if (call.body() instanceof Call.Body.Stream) {
                throw e;
            }
            return exchange(connect(origin, true), origin, call);
        }
    }

    private ClientConnection connect(Origin origin, boolean fresh) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + config.connectTimeout().toNanos();
        ClientConnection connection = pool.acquire(
                origin, fresh, config.connectTimeout().toNanos(), () -> new ClientConnection(origin, pool, config));
        if (connection.reused()) {
            return connection;
        }
        boolean connected = false;
        try {
            IOException failure = null;
            for (InetAddress address : resolve(origin)) {
                long left = deadline - System.nanoTime();
                if (failure != null && left <= 0) {
                    break;
                }
                try {
                    open(connection, new InetSocketAddress(address, origin.port()), left);
                    connected = true;
                    return connection;
                } catch (IOException e) {
                    if (failure != null) {
                        e.addSuppressed(failure);
                    }
                    failure = e;
                }
            }
            throw new NotSentException("cannot connect to " + origin.hostHeader(), requireNonNull(failure));
        } finally {
            if (!connected) {
                connection.discard();
            }
        }
    }

    private static InetAddress[] resolve(Origin origin) throws NotSentException {
        try {
            return InetAddress.getAllByName(origin.host());
        } catch (UnknownHostException e) {
            throw new NotSentException("unknown host " + origin.host(), e);
        }
    }

    private void open(ClientConnection connection, InetSocketAddress address, long nanos) throws IOException, InterruptedException {
        int millis = Math.clamp(TimeUnit.NANOSECONDS.toMillis(nanos), 1, Integer.MAX_VALUE);
        SslContext tls = connection.origin.tls() ? ssl() : null;
        ChannelFuture connecting = new Bootstrap()
                .group(loops)
                .channel(transport.channel)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 8 << 10, 64 << 10))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (tls != null) {
                            SslHandler handler = tls.newHandler(channel.alloc(), connection.origin.host(), connection.origin.port());
                            handler.setHandshakeTimeoutMillis(millis);
                            channel.pipeline().addLast(handler);
                        }
                        HttpDecoderConfig decoder = new HttpDecoderConfig()
                                .setMaxInitialLineLength(INITIAL_LINE_BYTES)
                                .setMaxHeaderSize(config.headerBytes());
                        channel.pipeline().addLast(new HttpClientCodec(decoder, false, false), connection);
                    }
                })
                .connect(address);
        connection.connected(connecting.channel());
        await(connecting);
        if (tls != null) {
            await(connecting.channel().pipeline().get(SslHandler.class).handshakeFuture());
        }
    }

    private static void await(Future<?> future) throws IOException, InterruptedException {
        future.await();
        if (!future.isSuccess()) {
            throw new IOException(future.cause().getMessage(), future.cause());
        }
    }

    private synchronized SslContext ssl() throws IOException {
        if (ssl == null) {
            SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
            if (config.trusted() != null) {
                builder.trustManager(config.trusted().toFile());
            }
            ssl = builder.build();
        }
        return ssl;
    }

    private Reply exchange(ClientConnection connection, Origin origin, Call call) throws IOException, InterruptedException {
        boolean answered = false;
        try {
            CompletableFuture<ClientReply> head = connection.begin();
            boolean sent = write(connection.channel(), origin, call, head);
            ClientReply reply = await(head, call.timeout() == null ? config.responseTimeout() : call.timeout(), origin);
            if (sent) {
                reply.requestSent();
            }
            answered = true;
            return reply;
        } finally {
            if (!answered) {
                connection.discard();
            }
        }
    }

    private static ClientReply await(CompletableFuture<ClientReply> head, Duration timeout, Origin origin)
            throws IOException, InterruptedException {
        try {
            return head.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new CallTimeoutException(origin.hostHeader() + " did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(e.getCause());
        }
    }

    /** Writes the request; false if the reply came before its end. */
    private boolean write(Channel channel, Origin origin, Call call, CompletableFuture<ClientReply> head) throws IOException {
        String base = call.origin().getRawPath();
        String target = base == null || base.isEmpty() || base.equals("/") ? call.target() : strip(base) + call.target();
        HttpMethod method = HttpMethod.valueOf(call.method());
        return switch (call.body()) {
            case Call.Body.None _ -> {
                boolean expectsBody = method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT) || method.equals(HttpMethod.PATCH);
                yield writeWhole(channel, origin, call, method, target, Unpooled.EMPTY_BUFFER, expectsBody, head);
            }
            case Call.Body.Bytes(byte[] bytes) when bytes.length <= BodySink.HIGH_BYTES ->
                writeWhole(channel, origin, call, method, target, Unpooled.wrappedBuffer(bytes), true, head);
            case Call.Body.Bytes(byte[] bytes) ->
                writeStream(channel, origin, call, method, target, new ByteArrayInputStream(bytes), bytes.length, head);
            case Call.Body.Stream(InputStream in, long length) -> writeStream(channel, origin, call, method, target, in, length, head);
        };
    }

    private static String strip(String base) {
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    private static boolean writeWhole(
            Channel channel,
            Origin origin,
            Call call,
            HttpMethod method,
            String target,
            ByteBuf body,
            boolean withLength,
            CompletableFuture<ClientReply> head) {
        DefaultFullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, target, body);
        fillHead(request, origin, call);
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

    private boolean writeStream(
            Channel channel,
            Origin origin,
            Call call,
            HttpMethod method,
            String target,
            InputStream in,
            long length,
            CompletableFuture<ClientReply> head)
            throws IOException {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target);
        fillHead(request, origin, call);
        if (length >= 0) {
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        } else {
            request.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        BodySink sink = new BodySink(channel, config.readTimeout().toNanos());
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
            if (!writeUnlessAnswered(sink, new DefaultHttpContent(channel.alloc().directBuffer(n, n).writeBytes(piece, 0, n)), n, head)) {
                return false;
            }
        }
        return writeUnlessAnswered(sink, new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER), 1, head);
    }

    /** A server that answers before it read everything may close its end: then the answer counts, not the failed write. */
    private static boolean writeUnlessAnswered(BodySink sink, Object message, int bytes, CompletableFuture<ClientReply> head)
            throws IOException {
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

    private static void fillHead(HttpRequest request, Origin origin, Call call) {
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

    /** Closes idle connections; calls under way fail. */
    @Override
    public void close() {
        pool.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
