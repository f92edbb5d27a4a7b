package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A reply on a pooled connection. */
final class ClientReply implements Reply {
    private final int status;
    private final Headers headers;
    private final BodyQueue body;
    private final ClientConnection connection;
    private final boolean keepsAlive;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean requestSent;
    private volatile @Nullable Duplex duplex;

    ClientReply(int status, Headers headers, BodyQueue body, ClientConnection connection, boolean keepsAlive) {
        this.status = status;
        this.headers = requireNonNull(headers, "headers is null");
        this.body = requireNonNull(body, "body is null");
        this.connection = requireNonNull(connection, "connection is null");
        this.keepsAlive = keepsAlive;
    }

    /** The whole request went out, so that the connection can be used again. */
    void requestSent() {
        requestSent = true;
    }

    /** The reply is a 101 and the connection carries bytes now. */
    void switched(Duplex newDuplex) {
        duplex = newDuplex;
    }

    @Override
    public @Nullable Duplex duplex() {
        return duplex;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public Headers headers() {
        return headers;
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public byte[] readAll(int maxBytes) throws IOException {
        byte[] all = body.readNBytes(maxBytes == Integer.MAX_VALUE ? maxBytes : maxBytes + 1);
        if (all.length > maxBytes) {
            throw new IOException("the reply is longer than " + maxBytes + " bytes");
        }
        return all;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            boolean clean = keepsAlive && requestSent && body.hasEnded();
            drop();
            connection.release(clean);
        }
    }

    /** Drops a reply that the caller does not get; its connection was given up. */
    void abandon() {
        if (closed.compareAndSet(false, true)) {
            drop();
        }
    }

    private void drop() {
        body.close();
        Duplex d = duplex;
        if (d != null) {
            d.close();
        }
    }
}
