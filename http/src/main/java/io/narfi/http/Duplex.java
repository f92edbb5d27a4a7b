package io.narfi.http;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * The bytes of a connection after it was switched to another protocol. Both ways block: reading until something comes, without a time
 * limit; writing while much is under way, up to the write time-out. {@code out} gathers until it is flushed.
 */
public interface Duplex extends AutoCloseable {
    InputStream in();

    OutputStream out();

    /** Closes the connection, after what was flushed is sent. */
    @Override
    void close();
}
