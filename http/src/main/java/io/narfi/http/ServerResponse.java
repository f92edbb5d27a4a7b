package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The response of an {@link Exchange}; all of it runs on the handler's thread. */
final class ServerResponse implements Response {
    static final int PIECE_BYTES = 32 << 10;
    /** A body left unread that is at most so long is read and dropped, so that the connection can go on. */
    static final long DISCARD_BYTES = 256 << 10;

    private static final int COMPRESS_FROM_BYTES = 1024;
    private static final Set<String> KIT_HEADERS = Set.of("content-length", "transfer-encoding", "connection", "date", "keep-alive");

    private enum State {
        OPEN,
        /** A stream was handed out, nothing is sent. */
        STREAM,
        /** The head is sent, the body is not complete. */
        SENDING,
        /** The connection belongs to another protocol. */
        SWITCHED,
        COMPLETE
    }

    private final Exchange exchange;
    private final BodySink sink;
    private State state = State.OPEN;
    private int status = 200;
    private Headers headers = new Headers();
    private boolean keepAlive;
    private @Nullable ResponseStream stream;
    private @Nullable GzipStream gzip;

    ServerResponse(Exchange exchange) {
        this.exchange = requireNonNull(exchange, "exchange is null");
        this.sink = new BodySink(exchange.channel, exchange.server.config.timeouts().write().toNanos());
    }

    @Override
    public Response status(int newStatus) {
        if (newStatus < 200 || newStatus > 599) {
            throw new IllegalArgumentException("not a status of a response: " + newStatus);
        }
        status = newStatus;
        return this;
    }

    int status() {
        return status;
    }

    @Override
    public Headers headers() {
        return headers;
    }

    @Override
    public boolean started() {
        return state == State.SENDING || state == State.SWITCHED || state == State.COMPLETE;
    }

    boolean switched() {
        return state == State.SWITCHED;
    }

    boolean complete() {
        return state == State.COMPLETE;
    }

    /** Whether the connection can serve another request after this response. */
    boolean keepAlive() {
        return keepAlive;
    }

    /** Forgets what the handler prepared and did not send. */
    void reset() {
        if (started()) {
            throw new IllegalStateException("the response has begun");
        }
        abort();
        state = State.OPEN;
        status = 200;
        headers = new Headers();
    }

    /** Gives up what a stream holds. */
    void abort() {
        if (gzip != null) {
            gzip.abort();
            gzip = null;
        }
        if (stream != null) {
            stream.abort();
            stream = null;
        }
    }

    @Override
    public void send(byte[] body) throws IOException {
        begin();
        byte[] bytes = body;
        if (bytes.length >= COMPRESS_FROM_BYTES && compresses()) {
            ByteArrayOutputStream packed = new ByteArrayOutputStream(bytes.length / 4 + 64);
            try (GzipStream out = new GzipStream(packed)) {
                out.write(bytes);
            }
            bytes = packed.toByteArray();
        }
        state = State.SENDING;
        if (bytes.length <= BodySink.HIGH_BYTES / 2) {
            sendWhole(Unpooled.wrappedBuffer(bytes), bytes.length);
        } else {
            writeHead(bytes.length);
            for (int from = 0; from < bytes.length && hasBody(); from += PIECE_BYTES * 2) {
                int n = Math.min(PIECE_BYTES * 2, bytes.length - from);
                sink.write(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes, from, n)), n);
            }
            writeEnd();
        }
    }

    @Override
    public OutputStream stream() throws IOException {
        begin();
        state = State.STREAM;
        boolean packed = compresses();
        stream = new ResponseStream(-1);
        if (!packed) {
            return stream;
        }
        gzip = new GzipStream(stream);
        return gzip;
    }

    @Override
    public OutputStream stream(long contentLength) {
        begin();
        if (contentLength < 0) {
            throw new IllegalArgumentException("contentLength is negative: " + contentLength);
        }
        state = State.STREAM;
        stream = new ResponseStream(contentLength);
        return stream;
    }

    @Override
    public Duplex switchProtocols(String protocol) throws IOException {
        begin();
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: ");
        head.append(protocol).append("\r\nConnection: Upgrade\r\n");
        headers.forEach((name, value) -> {
            if (!KIT_HEADERS.contains(name.toLowerCase(Locale.ROOT)) && !name.equalsIgnoreCase("upgrade")) {
                head.append(plain(name)).append(": ").append(plain(value)).append("\r\n");
            }
        });
        head.append("\r\n");
        BodyQueue in = exchange.takeOver(head.toString());
        status = 101;
        state = State.SWITCHED;
        return new RawDuplex(exchange.channel, in, exchange.server.config.timeouts().write().toNanos());
    }

    private static String plain(String text) {
        if (text.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IllegalArgumentException("not the text of a header field: " + text);
        }
        return text;
    }

    private void begin() {
        if (state != State.OPEN) {
            throw new IllegalStateException("the response has begun");
        }
    }

    private boolean hasBody() {
        return status != 204 && status != 304 && !exchange.head.method().equals(HttpMethod.HEAD);
    }

    private boolean compresses() {
        if (!exchange.server.config.compress() || !hasBody() || headers.contains("Content-Encoding") || !exchange.acceptsGzip()) {
            return false;
        }
        headers.set("Content-Encoding", "gzip").add("Vary", "Accept-Encoding");
        return true;
    }

    /** Head and body in one message. */
    private void sendWhole(ByteBuf body, long length) throws IOException {
        int bytes = body.readableBytes();
        DefaultFullHttpResponse message = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), hasBody() ? body : Unpooled.EMPTY_BUFFER);
        fillHead(message, length);
        sink.write(message, bytes + 1);
        sink.flush();
        state = State.COMPLETE;
    }

    private void writeHead(long length) throws IOException {
        HttpResponse message = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        fillHead(message, length);
        sink.write(message, 1);
    }

    private void writeEnd() throws IOException {
        sink.write(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER), 1);
        sink.flush();
        state = State.COMPLETE;
    }

    private void fillHead(HttpResponse message, long length) {
        HttpHeaders out = message.headers();
        headers.forEach((name, value) -> {
            if (!KIT_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                out.add(exchange.http2 ? name.toLowerCase(Locale.ROOT) : name, value);
            }
        });
        out.set(HttpHeaderNames.DATE, exchange.server.date());
        if (status != 204 && status != 304 && length >= 0) {
            out.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
        }
        keepAlive = exchange.http2 || (exchange.keepAliveWanted() && !exchange.server.draining && restIsShort());
        if (exchange.http2) {
            return;
        }
        if (length < 0) {
            if (exchange.isHttp10()) {
                keepAlive = false;
            } else if (hasBody()) {
                out.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            }
        }
        if (!keepAlive) {
            out.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (exchange.isHttp10()) {
            out.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private boolean restIsShort() {
        if (exchange.continueOwed()) {
            return false;
        }
        long length = exchange.contentLength();
        return exchange.bodyQueue().hasEnded() || (length >= 0 && length <= DISCARD_BYTES);
    }

    /**
     * Called when the handler returned: sends the rest. Closing a stream does not end the body, because try-with-resources closes it
     * also on the way of an exception, and a body that was cut off must not look whole.
     */
    void finish() throws IOException {
        if (state == State.OPEN) {
            send(new byte[0]);
        }
        if (gzip != null) {
            gzip.close();
            gzip = null;
        }
        if (stream != null) {
            stream.complete();
            stream = null;
        }
    }

    /** Gathers pieces; sends the head with the first, or everything at once if the body ends before that. */
    private final class ResponseStream extends OutputStream {
        private final long announced;
        private long written;
        private @Nullable ByteBuf piece;
        private boolean closed;

        ResponseStream(long announced) {
            this.announced = announced;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
            if (closed) {
                throw new IOException("the response is closed");
            }
            written += len;
            if (announced >= 0 && written > announced) {
                throw new IOException("more was written than announced: " + written + " > " + announced);
            }
            if (!hasBody()) {
                return;
            }
            int from = off;
            int left = len;
            while (left > 0) {
                ByteBuf p = piece;
                if (p == null) {
                    p = exchange.channel.alloc().directBuffer(PIECE_BYTES, PIECE_BYTES);
                    piece = p;
                }
                int n = Math.min(left, p.writableBytes());
                p.writeBytes(b, from, n);
                from += n;
                left -= n;
                if (!p.isWritable()) {
                    sendPiece();
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (!closed) {
                sendPiece();
            }
        }

        private void sendPiece() throws IOException {
            if (state == State.STREAM) {
                state = State.SENDING;
                writeHead(announced);
            }
            ByteBuf p = piece;
            if (p != null) {
                piece = null;
                sink.write(new DefaultHttpContent(p), p.readableBytes());
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        void complete() throws IOException {
            if (announced >= 0 && written < announced && hasBody()) {
                throw new IOException("less was written than announced: " + written + " < " + announced);
            }
            if (state == State.STREAM) {
                state = State.SENDING;
                ByteBuf p = piece == null ? Unpooled.EMPTY_BUFFER : piece;
                piece = null;
                // A response to HEAD announces what GET would send.
                sendWhole(p, announced >= 0 ? announced : p.readableBytes());
            } else {
                sendPiece();
                writeEnd();
            }
        }

        void abort() {
            closed = true;
            if (piece != null) {
                piece.release();
                piece = null;
            }
        }
    }
}
