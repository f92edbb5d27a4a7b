package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Service;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the routes of a {@link Router}. {@link #stop} drains: no new connections, requests under way finish within the drain time-out, then
 * they are interrupted.
 */
public final class HttpServer implements Service {
    private static final Logger logger = LoggerFactory.getLogger(HttpServer.class);
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(2);
    private static final int BACKLOG = 1024;

    /**
     * How long the event loops must have nothing to do before they end. Without it a loop closes its connections, then runs its last tasks, of
     * which one may register a connection that was just accepted, and ends: nobody closes that one.
     */
    private static final long QUIET_MILLIS = 20;
    private static final long LOOP_END_MILLIS = 5_000;

    private final HttpServerConfig config;
    private final ServerContext context;
    private volatile State state = State.New;
    private @Nullable EventLoopGroup loops;
    private @Nullable Channel listener;

    public HttpServer(HttpServerConfig config, Router router, MeterRegistry registry) {
        this.config = requireNonNull(config, "config is null");
        this.context = new ServerContext(config, router, registry);
    }

    @Override
    public String name() {
        return "server";
    }

    @Override
    public State state() {
        return state;
    }

    /**
     * Binds the address.
     *
     * @throws IOException if the address cannot be bound or a certificate cannot be read
     */
    @Override
    public synchronized void start() throws IOException, InterruptedException {
        if (state != State.New) {
            throw new IllegalStateException("started already: " + state);
        }
        state = State.Starting;
        try {
            SslContext ssl = sslContext(config.tls());
            Transport transport = Transport.best();
            EventLoopGroup group = transport.group(config.eventLoopThreads(), "http-io");
            loops = group;
            ServerBootstrap bootstrap = new ServerBootstrap()
                    .group(group)
                    .channel(transport.serverChannel)
                    .option(ChannelOption.SO_BACKLOG, BACKLOG)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.SO_KEEPALIVE, true)
                    .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                    .childOption(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 8 << 10, 64 << 10))
                    .childHandler(new ConnectionSetup(context, ssl));
            InetSocketAddress address =
                    config.address().isEmpty() ? new InetSocketAddress(config.port()) : new InetSocketAddress(config.address(), config.port());
            ChannelFuture bound = bootstrap.bind(address).await();
            if (!bound.isSuccess()) {
                throw new IOException("cannot listen on " + address, bound.cause());
            }
            listener = bound.channel();
            state = State.Running;
            logger.info("listening address={} tls={} transport={}", listener.localAddress(), ssl != null, transport);
        } finally {
            if (state != State.Running) {
                state = State.Failed;
            }
        }
    }

    /** The port that is listened on; after {@link #start} only. */
    public synchronized int port() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void stop() throws InterruptedException {
        drain(config.timeouts().drain());
    }

    /**
     * Stops: closes the listening socket and idle connections, lets requests finish for so long, then interrupts them, and closes
     * everything.
     *
     * @return whether all requests finished by themselves
     */
    public synchronized boolean drain(Duration timeout) throws InterruptedException {
        EventLoopGroup group = loops;
        if (group == null || state == State.Terminated) {
            state = State.Terminated;
            return true;
        }
        state = State.Stopping;
        context.draining = true;
        if (listener != null) {
            listener.close().await();
        }
        context.connections.forEach(HttpServer::goAway);
        for (Exchange exchange : context.exchanges) {
            if (exchange.switched()) {
                // It has no end of its own to wait for.
                exchange.cancel("the server is stopping");
            }
        }
        boolean finished = awaitExchanges(timeout);
        if (!finished) {
            logger.warn("interrupting requests count={} after={}", context.exchanges.size(), timeout);
            context.exchanges.forEach(exchange -> exchange.cancel("the server is stopping"));
            if (!awaitExchanges(AFTER_INTERRUPT)) {
                logger.warn("requests do not end count={}", context.exchanges.size());
            }
        }
        group.shutdownGracefully(QUIET_MILLIS, LOOP_END_MILLIS, TimeUnit.MILLISECONDS).await();
        state = State.Terminated;
        return finished;
    }

    /** An idle HTTP/1.1 connection is closed; HTTP/2 is told and closes after its last stream. */
    private static void goAway(Channel connection) {
        connection.eventLoop().execute(() -> {
            ChannelHandlerContext http1 = connection.pipeline().context(ExchangeHandler.class);
            if (http1 == null) {
                ChannelFuture _ = connection.close();
            } else {
                ((ExchangeHandler) http1.handler()).closeIfIdle(http1);
            }
        });
    }

    private boolean awaitExchanges(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!context.exchanges.isEmpty()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        return true;
    }

    private static @Nullable SslContext sslContext(HttpServerConfig.@Nullable Tls tls) throws IOException {
        if (tls == null) {
            return null;
        }
        try {
            return SslContextBuilder.forServer(tls.certificates().toFile(), tls.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_2,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot read certificate " + tls.certificates() + " and key " + tls.key(), e);
        }
    }
}
