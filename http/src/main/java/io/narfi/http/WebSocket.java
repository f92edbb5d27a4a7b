package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of a WebSocket (RFC 6455) that only sends: what Loki's tail needs (contract/http-api.md §11). Messages of the client
 * are read and dropped; its pings are answered, and when it closes, the socket is closed and the handler's thread interrupted. Sending
 * blocks while the client does not read, up to the write time-out. Any thread may send.
 */
public final class WebSocket implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(WebSocket.class);
    /** A longer message of the client closes the socket with 1009. */
    static final int MAX_CLIENT_FRAME_BYTES = 64 << 10;
    /** The longest reason that a close frame can hold, in bytes of UTF-8. */
    public static final int MAX_REASON_BYTES = 123;

    private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);
    private static final int FIN = 0x80;
    /** Bits that only extensions use, of which none is agreed on. */
    private static final int RESERVED = 0x70;
    private static final int MAX_CONTROL_BYTES = 125;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final Duplex duplex;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;
    private volatile boolean open = true;
    /** The server began to close, so the end of the reader is no news. */
    private volatile boolean closing;
    private volatile @Nullable Thread reader;

    private WebSocket(Duplex duplex) {
        this.duplex = duplex;
    }

    /**
     * Shakes hands.
     *
     * @return null if the request is no handshake; then it has been answered with the status and text that Loki gives
     */
    public static @Nullable WebSocket accept(Request request, Response response) throws IOException {
        requireNonNull(request, "request is null");
        if (!request.headers().hasToken("Connection", "upgrade")) {
            return refuse(response, 400, "Bad Request");
        }
        if (!request.headers().hasToken("Upgrade", "websocket")) {
            response.header("Upgrade", "websocket");
            return refuse(response, 426, "Upgrade Required");
        }
        if (!request.method().equals("GET")) {
            return refuse(response, 405, "Method Not Allowed");
        }
        String key = request.header("Sec-WebSocket-Key");
        if (!request.headers().hasToken("Sec-WebSocket-Version", "13") || key == null || !isKey(key)) {
            return refuse(response, 400, "Bad Request");
        }
        response.header("Sec-WebSocket-Accept", accept(key));
        WebSocket socket = new WebSocket(response.switchProtocols("websocket"));
        Thread handler = Thread.currentThread();
        socket.reader = Thread.ofVirtual().name("websocket-" + request.id()).start(() -> {
            socket.receive();
            if (!socket.closing) {
                handler.interrupt();
            }
        });
        return socket;
    }

    private static @Nullable WebSocket refuse(Response response, int status, String text) throws IOException {
        response.header("Sec-WebSocket-Version", "13").header("X-Content-Type-Options", "nosniff").sendText(status, text + "\n");
        return null;
    }

    private static boolean isKey(String key) {
        try {
            return Base64.getDecoder().decode(key.strip()).length == 16;
        } catch (IllegalArgumentException e) {
            // Not Base64, so no key.
            return false;
        }
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key.strip() + KEY_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** Whether the socket was closed by neither side. */
    public boolean isOpen() {
        return open;
    }

    /**
     * Sends a text frame.
     *
     * @param utf8 its text
     * @throws IOException if the socket is closed or the client does not read
     */
    public void sendText(byte[] utf8) throws IOException {
        send(TEXT, utf8);
    }

    /** Sends a ping without a payload. */
    public void sendPing() throws IOException {
        send(PING, new byte[0]);
    }

    /**
     * Closes with a code and a reason, and gives the client a second to close too: its frames that were not read would reset the connection,
     * and it might not see the code. A reason that is longer than {@link #MAX_REASON_BYTES} does not fit in a frame; then the connection
     * is closed without one, as Loki's library does, and the client sees 1006.
     */
    public void close(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        closing = true;
        if (text.length <= MAX_REASON_BYTES) {
            byte[] payload = new byte[2 + text.length];
            payload[0] = (byte) (code >> 8);
            payload[1] = (byte) code;
            System.arraycopy(text, 0, payload, 2, text.length);
            try {
                send(CLOSE, payload);
                awaitClient();
            } catch (IOException e) {
                logger.debug("cannot send the close frame", e);
            }
        }
        shut();
    }

    private void awaitClient() {
        Thread r = reader;
        if (r == null || r == Thread.currentThread()) {
            return;
        }
        try {
            boolean _ = r.join(CLOSE_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes with 1000. */
    @Override
    public void close() {
        if (open) {
            close(1000, "");
        }
    }

    /** Closes the connection without a close frame: the client sees 1006, and knows that nothing is wrong with what it asked for. */
    public void drop() {
        closing = true;
        shut();
    }

    private void shut() {
        open = false;
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        duplex.close();
    }

    private void send(int opcode, byte[] payload) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new IOException("the socket is closed");
            }
            OutputStream out = duplex.out();
            out.write(FIN | opcode);
            if (payload.length < 126) {
                out.write(payload.length);
            } else if (payload.length < 1 << 16) {
                out.write(126);
                out.write(payload.length >> 8);
                out.write(payload.length);
            } else {
                out.write(127);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    out.write((int) ((long) payload.length >> shift));
                }
            }
            out.write(payload);
            out.flush();
            closed = opcode == CLOSE;
        } finally {
            lock.unlock();
        }
    }

    /** Reads frames until the socket closes. */
    private void receive() {
        try (DataInputStream in = new DataInputStream(duplex.in())) {
            while (receiveFrame(in)) {
                // Messages of the client mean nothing.
            }
        } catch (EOFException e) {
            logger.debug("the client closed the connection", e);
        } catch (IOException e) {
            logger.debug("cannot read from the client", e);
        }
        shut();
    }

    /** Reads one frame; false if it ended the socket. */
    private boolean receiveFrame(DataInputStream in) throws IOException {
        int first = in.readUnsignedByte();
        int opcode = first & 0x0f;
        int second = in.readUnsignedByte();
        long length = second & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        if ((second & FIN) == 0) {
            close(1002, "a frame without a mask");
            return false;
        }
        boolean control = opcode >= CLOSE;
        if ((first & RESERVED) != 0 || opcode > PONG || (opcode > 2 && !control)) {
            close(1002, "a frame of no known kind");
            return false;
        }
        if (control && ((first & FIN) == 0 || length > MAX_CONTROL_BYTES)) {
            close(1002, "a control frame in parts or too long");
            return false;
        }
        if (length < 0 || length > MAX_CLIENT_FRAME_BYTES) {
            close(1009, "message too big");
            return false;
        }
        byte[] mask = new byte[4];
        in.readFully(mask);
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        if (opcode == PING && !closing) {
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i & 3];
            }
            send(PONG, payload);
        } else if (opcode == CLOSE) {
            // As Loki: no answering payload.
            if (!closing) {
                send(CLOSE, new byte[0]);
            }
            return false;
        }
        return true;
    }
}
