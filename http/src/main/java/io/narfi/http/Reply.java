package io.narfi.http;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The reply to a {@link Call}. Closing it before the end of the body cuts the connection off; after the end it goes back to the pool. */
public interface Reply extends AutoCloseable {
    int status();

    Headers headers();

    /**
     * The body as it comes, not decoded. Reading fails with {@link CallTimeoutException} when nothing comes for the read time-out, and with
     * an {@code IOException} when the connection breaks before the end.
     */
    InputStream body();

    /**
     * Reads the whole body.
     *
     * @throws IOException also if it is longer than {@code maxBytes}
     */
    byte[] readAll(int maxBytes) throws IOException;

    /** The connection as raw bytes if the reply is a 101, else null; closed with the reply. See {@link Call#upgrade}. */
    default @Nullable Duplex duplex() {
        return null;
    }

    @Override
    void close();
}
