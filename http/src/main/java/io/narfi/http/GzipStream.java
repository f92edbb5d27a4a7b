package io.narfi.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** Gzip at a level that is cheap: the processor is the scarce thing here, not the wire. */
final class GzipStream extends GZIPOutputStream {
    private static final int LEVEL = 1;

    GzipStream(OutputStream out) throws IOException {
        super(out, 8 << 10, true);
        def.setLevel(LEVEL);
    }

    /** Frees the native memory without an end of the data. */
    void abort() {
        def.end();
    }
}
