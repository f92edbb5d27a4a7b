package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
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
    private static final int INITIAL_LINE_BYTES = 4 << 10;

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
        CompletableFuture<ClientReply> head = connection.begin();
        try {
            RequestWriter writer = new RequestWriter(connection.channel(), origin, call, head, config.readTimeout().toNanos());
            boolean sent = writer.write();
            ClientReply reply = await(head, call.timeout() == null ? config.responseTimeout() : call.timeout(), origin);
            if (sent) {
                reply.requestSent();
            }
            answered = true;
            return reply;
        } finally {
            if (!answered) {
                connection.discard();
                // The reply may be there all the same, or be on its way, and nobody else will drop its body.
                CompletableFuture<Void> _ = head.thenAccept(ClientReply::abandon);
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

    /** Closes idle connections; calls under way fail. */
    @Override
    public void close() {
        pool.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
