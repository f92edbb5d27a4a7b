package io.narfi.gateway;

import io.narfi.http.Duplex;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries the bytes of a WebSocket between a client and a service until either ends. */
final class Tunnel {
    private static final Logger logger = LoggerFactory.getLogger(Tunnel.class);
    private static final int PIECE_BYTES = 16 << 10;

    private Tunnel() {}

    static void run(Duplex client, Duplex service) throws InterruptedException {
        Thread up = Thread.ofVirtual().name("tunnel-up").start(() -> {
            copy(client.in(), service.out());
            service.close();
        });
        try {
            copy(service.in(), client.out());
        } finally {
            client.close();
            service.close();
            up.join();
        }
    }

    private static void copy(InputStream in, OutputStream out) {
        byte[] piece = new byte[PIECE_BYTES];
        try {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                out.write(piece, 0, n);
                if (in.available() == 0) {
                    out.flush();
                }
            }
            out.flush();
        } catch (IOException e) {
            // Either side went away, which ends the other too.
            logger.debug("tunnel ended", e);
        }
    }
}
