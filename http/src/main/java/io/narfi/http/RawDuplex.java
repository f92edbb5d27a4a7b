package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A channel from which the HTTP codec was taken out. */
final class RawDuplex implements Duplex {
    private static final Logger logger = LoggerFactory.getLogger(RawDuplex.class);
    private static final int PIECE_BYTES = 16 << 10;

    private final Channel channel;
    private final BodyQueue in;
    private final BodySink sink;
    private final RawOutput out = new RawOutput();

    RawDuplex(Channel channel, BodyQueue in, long writeTimeoutNanos) {
        this.channel = requireNonNull(channel, "channel is null");
        this.in = requireNonNull(in, "in is null");
        this.sink = new BodySink(channel, writeTimeoutNanos);
    }

    @Override
    public InputStream in() {
        return in;
    }

    @Override
    public OutputStream out() {
        return out;
    }

    @Override
    public void close() {
        in.close();
        out.drop();
        try {
            sink.flush();
        } catch (IOException e) {
            logger.debug("the last bytes were not sent", e);
        }
        ChannelFuture _ = channel.close();
    }

    /** Used by one thread at a time. */
    private final class RawOutput extends OutputStream {
        private @Nullable ByteBuf piece;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] b, int off, int len) throws IOException {
            int from = off;
            int left = len;
            while (left > 0) {
                ByteBuf p = piece;
                if (p == null) {
                    p = channel.alloc().directBuffer(PIECE_BYTES, PIECE_BYTES);
                    piece = p;
                }
                int n = Math.min(left, p.writableBytes());
                p.writeBytes(b, from, n);
                from += n;
                left -= n;
                if (!p.isWritable()) {
                    flush();
                }
            }
        }

        @Override
        public synchronized void flush() throws IOException {
            ByteBuf p = piece;
            if (p != null) {
                piece = null;
                sink.write(p, p.readableBytes());
            }
        }

        synchronized void drop() {
            if (piece != null) {
                piece.release();
                piece = null;
            }
        }
    }
}
