package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A request as the server holds it, from the end of its headers to the end of its response. */
final class Exchange implements Request {
    final HttpRequest head;
    final Channel channel;
    final ServerContext server;
    final boolean http2;
    final boolean secure;
    private final Headers headers = new Headers();
    private final String id;
    private final String rawPath;
    private final String rawQuery;
    private final long contentLength;
    private final InetSocketAddress remote;
    private final BodyQueue body;
    private final ExchangeLink link;
    private final List<Runnable> cancelListeners = new ArrayList<>(1);
    private volatile boolean cancelled;
    private boolean continueOwed;
    private Map<String, String> pathParams = Map.of();
    private @Nullable Params params;
    private long maxBodyBytes = Route.DEFAULT_MAX_BODY_BYTES;
    private @Nullable InputStream limited;
    private volatile @Nullable Thread thread;
    private volatile boolean switched;

    /**
     * Makes an exchange.
     *
     * @param link to the connection
     */
    Exchange(HttpRequest head, Channel channel, ServerContext server, boolean http2, boolean secure, InetSocketAddress remote, ExchangeLink link) {
        this.head = head;
        this.channel = channel;
        this.server = server;
        this.http2 = http2;
        this.secure = secure;
        this.link = link;
        this.remote = requireNonNull(remote, "remote is null");
        for (Map.Entry<String, String> e : head.headers()) {
            // The codec's own fields for what HTTP/2 has in its framing.
            if (!http2 || !e.getKey().startsWith("x-http2-")) {
                headers.add(e.getKey(), e.getValue());
            }
        }
        String target = head.uri();
        if (!target.startsWith("/") && target.contains("://")) {
            int slash = target.indexOf('/', target.indexOf("://") + 3);
            target = slash < 0 ? "/" : target.substring(slash);
        }
        int question = target.indexOf('?');
        this.rawPath = question < 0 ? target : target.substring(0, question);
        this.rawQuery = question < 0 ? "" : target.substring(question + 1);
        this.id = requestId(headers.get("X-Request-Id"));
        this.contentLength = HttpUtil.isTransferEncodingChunked(head) ? -1 : HttpUtil.getContentLength(head, http2 ? -1L : 0L);
        this.continueOwed = HttpUtil.is100ContinueExpected(head);
        this.body = new BodyQueue(link::resume, server.config.timeouts().read().toNanos(), true) {
            @Override
            void timedOut() {
                server.metrics.rejected(ServerMetrics.Rejection.TIMEOUT);
                throw new ApiException(408, "timed out reading the request body");
            }

            @Override
            void beforeWait() {
                sendContinue();
            }
        };
    }

    private static String requestId(@Nullable String given) {
        if (given != null && !given.isEmpty() && given.length() <= 64 && given.chars().allMatch(Exchange::isIdChar)) {
            return given;
        }
        return String.format(Locale.ROOT, "%016x", ThreadLocalRandom.current().nextLong());
    }

    private static boolean isIdChar(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    }

    BodyQueue bodyQueue() {
        return body;
    }

    /** Called on the handler's thread once the route is known. */
    void routed(Route route, Map<String, String> foundParams) {
        maxBodyBytes = route.maxBodyBytes();
        pathParams = foundParams;
    }

    /** Called on the handler's thread before anything else. */
    void runsOn(Thread handlerThread) {
        thread = handlerThread;
        if (cancelled) {
            handlerThread.interrupt();
        }
    }

    /** Whether the client waits for leave to send its body, and did not get it. */
    boolean continueOwed() {
        return continueOwed;
    }

    private void sendContinue() {
        if (continueOwed) {
            continueOwed = false;
            ChannelFuture _ = channel.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    /** Makes {@link #cancelled} true, interrupts the handler and runs the listeners; has no effect the second time. */
    void cancel(String why) {
        List<Runnable> listeners;
        synchronized (cancelListeners) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            listeners = List.copyOf(cancelListeners);
        }
        body.fail(new IOException(why));
        Thread t = thread;
        if (t != null) {
            t.interrupt();
        }
        listeners.forEach(Runnable::run);
    }

    /** As {@link ExchangeLink#takeOver}. */
    BodyQueue takeOver(String responseHead) throws IOException {
        BodyQueue in = link.takeOver(responseHead);
        switched = true;
        return in;
    }

    /** Whether the connection was handed over. */
    boolean switched() {
        return switched;
    }

    boolean keepAliveWanted() {
        return HttpUtil.isKeepAlive(head);
    }

    boolean isHttp10() {
        return head.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    boolean acceptsGzip() {
        for (String value : headers.all(HttpHeaderNames.ACCEPT_ENCODING.toString())) {
            for (String part : value.split(",", -1)) {
                String[] coding = part.split(";", -1);
                if (coding[0].strip().equalsIgnoreCase(HttpHeaderValues.GZIP.toString())) {
                    return coding.length < 2 || !coding[1].strip().matches("q=0(\\.0*)?");
                }
            }
        }
        return false;
    }

    @Override
    public String method() {
        return head.method().name();
    }

    @Override
    public String target() {
        return rawQuery.isEmpty() ? rawPath : rawPath + "?" + rawQuery;
    }

    @Override
    public String rawPath() {
        return rawPath;
    }

    @Override
    public String rawQuery() {
        return rawQuery;
    }

    @Override
    public String pathParam(String name) {
        String value = pathParams.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no part named " + name);
        }
        return value;
    }

    @Override
    public Headers headers() {
        return headers;
    }

    @Override
    public Params params() {
        if (params == null) {
            params = FormReader.read(method(), header("Content-Type"), body(), rawQuery);
        }
        return params;
    }

    @Override
    public InputStream body() {
        if (limited == null) {
            limited = new LimitedInputStream(body, maxBodyBytes, contentLength);
        }
        return limited;
    }

    @Override
    public long contentLength() {
        return contentLength;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public boolean secure() {
        return secure;
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    @Override
    public void onCancel(Runnable listener) {
        requireNonNull(listener, "listener is null");
        boolean now;
        synchronized (cancelListeners) {
            now = cancelled;
            if (!now) {
                cancelListeners.add(listener);
            }
        }
        if (now) {
            listener.run();
        }
    }
}
