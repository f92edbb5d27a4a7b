package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionPrefaceAndSettingsFrameWrittenEvent;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds the pipeline of a connection: TLS if configured, then HTTP/1.1 or HTTP/2 as the client chooses, each with its limits. */
final class ConnectionSetup extends ChannelInitializer<Channel> {
    private static final Logger logger = LoggerFactory.getLogger(ConnectionSetup.class);
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int CONNECTION_WINDOW_BYTES = 1 << 20;
    private static final int RST_FRAMES = 200;
    private static final int RST_WINDOW_SECONDS = 30;
    private static final int CONTROL_FRAMES_QUEUED = 1000;

    private final ServerContext server;
    private final @Nullable SslContext ssl;

    ConnectionSetup(ServerContext server, @Nullable SslContext ssl) {
        this.server = requireNonNull(server, "server is null");
        this.ssl = ssl;
    }

    @Override
    protected void initChannel(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        ConnectionGuard guard = new ConnectionGuard(server);
        if (ssl != null) {
            pipeline.addLast(ssl.newHandler(channel.alloc()));
        }
        pipeline.addLast(guard);
        pipeline.addLast(ssl == null ? new Detector(guard) : new Negotiator(guard));
    }

    private void http1(ChannelPipeline pipeline, ConnectionGuard guard, boolean plain) {
        HttpServerConfig.Limits limits = server.config.limits();
        HttpServerCodec codec = new HttpServerCodec(new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.initialLineBytes())
                .setMaxHeaderSize(limits.headerBytes())
                .setMaxChunkSize(CHUNK_BYTES)
                .setAllowDuplicateContentLengths(false));
        pipeline.addLast(codec);
        ExchangeHandler exchanges = new ExchangeHandler(server, guard);
        if (plain) {
            guard.speaksPlainHttp1();
            pipeline.addLast(new UpgradeHandler(codec, guard, exchanges));
        }
        pipeline.addLast(exchanges);
    }

    private Http2FrameCodec http2Codec() {
        HttpServerConfig.Limits limits = server.config.limits();
        return Http2FrameCodecBuilder.forServer()
                .initialSettings(Http2Settings.defaultSettings()
                        .maxConcurrentStreams(limits.http2Streams())
                        .maxHeaderListSize(limits.initialLineBytes() + limits.headerBytes()))
                .decoderEnforceMaxRstFramesPerWindow(RST_FRAMES, RST_WINDOW_SECONDS)
                .encoderEnforceMaxQueuedControlFrames(CONTROL_FRAMES_QUEUED)
                .gracefulShutdownTimeoutMillis(server.config.timeouts().drain().toMillis())
                .build();
    }

    private ChannelHandler http2Streams(ConnectionGuard guard) {
        return new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel stream) {
                guard.streamOpened();
                stream.closeFuture().addListener(_ -> guard.streamClosed());
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true, true), new ExchangeHandler(server, null));
            }
        });
    }

    private void http2(ChannelPipeline pipeline, ConnectionGuard guard) {
        pipeline.addLast(http2Codec(), new WindowOpener(), http2Streams(guard));
        pipeline.channel().config().setAutoRead(true);
    }

    /** Makes room on a connection for more than one stream whose handler does not read. */
    private static final class WindowOpener extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
            if (event instanceof Http2ConnectionPrefaceAndSettingsFrameWrittenEvent) {
                Http2FrameCodec codec = ctx.pipeline().get(Http2FrameCodec.class);
                if (codec != null) {
                    codec.connection().local().flowController().incrementWindowSize(
                            codec.connection().connectionStream(), CONNECTION_WINDOW_BYTES - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
                    ctx.flush();
                }
            }
            super.userEventTriggered(ctx, event);
        }
    }

    /** Tells HTTP/2 with prior knowledge by its preface; no method of HTTP/1.1 begins so. */
    private final class Detector extends ByteToMessageDecoder {
        private final ConnectionGuard guard;
        private final ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();

        Detector(ConnectionGuard guard) {
            this.guard = guard;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            int n = Math.min(in.readableBytes(), preface.readableBytes());
            boolean same = true;
            for (int i = 0; i < n && same; i++) {
                same = in.getByte(in.readerIndex() + i) == preface.getByte(i);
            }
            if (same && n < preface.readableBytes()) {
                return;
            }
            if (same) {
                http2(ctx.pipeline(), guard);
            } else {
                http1(ctx.pipeline(), guard, true);
            }
            ctx.pipeline().remove(this);
        }

        @Override
        protected void handlerRemoved0(ChannelHandlerContext ctx) {
            preface.release();
        }
    }

    private final class Negotiator extends ApplicationProtocolNegotiationHandler {
        private final ConnectionGuard guard;

        Negotiator(ConnectionGuard guard) {
            super(ApplicationProtocolNames.HTTP_1_1);
            this.guard = guard;
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
            // Any scanner can cause it, so it is no warning.
            server.metrics.rejected(ServerMetrics.Rejection.MALFORMED);
            logger.debug("TLS handshake of {} failed", ctx.channel().remoteAddress(), cause);
            ChannelFuture _ = ctx.close();
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
            if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                http2(ctx.pipeline(), guard);
            } else {
                http1(ctx.pipeline(), guard, false);
            }
        }
    }

    /**
     * Takes up {@code Upgrade: h2c} of a request without a body; one with a body would have to be held in memory first, so it is served by
     * HTTP/1.1, as the protocol allows.
     */
    private final class UpgradeHandler extends HttpServerUpgradeHandler {
        UpgradeHandler(HttpServerCodec codec, ConnectionGuard guard, ExchangeHandler exchanges) {
            super(codec, protocol -> AsciiString.contentEquals(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol)
                    ? new Http2ServerUpgradeCodec(http2Codec(), new WindowOpener(), http2Streams(guard)) {
                        @Override
                        public void upgradeTo(ChannelHandlerContext ctx, FullHttpRequest request) {
                            ctx.pipeline().remove(exchanges);
                            ctx.channel().config().setAutoRead(true);
                            super.upgradeTo(ctx, request);
                        }
                    }
                    : null, 1);
        }

        @Override
        protected boolean shouldHandleUpgradeRequest(HttpRequest request) {
            return request.headers().containsValue(HttpHeaderNames.UPGRADE, Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, true)
                    && !HttpUtil.isTransferEncodingChunked(request)
                    && HttpUtil.getContentLength(request, 0L) == 0;
        }
    }
}
