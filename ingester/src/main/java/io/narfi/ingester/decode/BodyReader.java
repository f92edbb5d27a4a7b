package io.narfi.ingester.decode;

import static java.util.Objects.requireNonNull;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.narfi.common.ApiException;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.ZipException;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyError;

/**
 * Reads and decompresses a body within limits (contract/http-api.md §3.2, 3.6, 4.1). Every array is reserved in the push's lease before it is
 * allocated, and grows with what really came, never with what was claimed: a claimed size beyond the limits is refused first.
 *
 * @param maxReceived most bytes of a body as it came ({@code distributor.max_recv_msg_size})
 * @param maxDecompressed most bytes of a body after decompression ({@code distributor.max_decompressed_size})
 */
public record BodyReader(long maxReceived, long maxDecompressed) {
    private static final int FIRST_CHUNK = 64 << 10;

    /** The largest array that every JVM can make. */
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /** Three bytes of snappy give 64 bytes at most; a claim beyond that is a lie. */
    private static final int SNAPPY_MAX_RATIO = 22;

    /** A zstd frame that claims to be so many times its size at most is believed, as all that arrays may grow to fourfold anyhow. */
    private static final long ZSTD_TRUSTED_RATIO = 64;

    public BodyReader {
        if (maxReceived <= 0 || maxDecompressed <= 0) {
            throw new IllegalArgumentException("limits of a body: " + maxReceived + ", " + maxDecompressed);
        }
    }

    /** The first {@code length} bytes of an array. */
    @SuppressWarnings("ArrayRecordComponent") // a buffer handed over, never compared
    public record Piece(byte[] bytes, int length) {}

    /**
     * The protobuf message of a body.
     *
     * @param contentLength as announced, or -1
     * @throws ApiException 413, 400 or 503
     */
    public byte[] protobuf(InputStream body, long contentLength, ContentCoding coding, MemoryBudget.Lease lease) throws IOException {
        Piece snappy = inflate(received(body, contentLength, lease, this::tooLarge), coding, lease);
        byte[] message = snappy(snappy, lease);
        lease.release(snappy.bytes.length);
        return message;
    }

    /**
     * The JSON document of a body.
     *
     * @param contentLength as announced, or -1
     * @throws ApiException 400, 413 or 503
     */
    public Piece json(InputStream body, long contentLength, ContentCoding coding, MemoryBudget.Lease lease) throws IOException {
        return checked(inflate(received(body, contentLength, lease, this::jsonTooLarge), coding, lease));
    }

    /**
     * The message of an OTLP body, protobuf or JSON.
     *
     * @param contentLength as announced, or -1
     * @throws ApiException 413, 400 or 503
     */
    public Piece otlp(InputStream body, long contentLength, ContentCoding coding, MemoryBudget.Lease lease) throws IOException {
        return checked(inflate(received(body, contentLength, lease, this::tooLarge), coding, lease));
    }

    private Piece checked(Piece message) {
        checkDecompressed(message.length);
        return message;
    }

    private ApiException tooLarge(long size) {
        return new ApiException(413, "request body too large: message size too large than max (" + size + " vs " + maxReceived + ")");
    }

    private ApiException jsonTooLarge(long size) {
        return ApiException.badRequest("compressed message size " + size + " exceeds limit " + maxReceived);
    }

    private void checkDecompressed(long size) {
        if (size > maxDecompressed) {
            throw ApiException.badRequest("decompressed message size too large than max (" + size + " vs " + maxDecompressed + ")");
        }
    }

    @FunctionalInterface
    private interface Refusal {
        ApiException of(long size);
    }

    private Piece received(InputStream body, long contentLength, MemoryBudget.Lease lease, Refusal refusal) throws IOException {
        if (contentLength > maxReceived) {
            throw refusal.of(contentLength);
        }
        long most = Math.min(maxReceived, MAX_ARRAY - 1);
        // One byte more than announced, so that the end is seen without another array.
        int size = contentLength >= 0 ? (int) Math.min(contentLength, most) + 1 : FIRST_CHUNK;
        lease.reserve(size);
        byte[] bytes = new byte[size];
        int length = 0;
        while (true) {
            int n = body.read(bytes, length, bytes.length - length);
            if (n < 0) {
                return new Piece(bytes, length);
            }
            length += n;
            if (length > most) {
                throw refusal.of(length);
            }
            if (length == bytes.length) {
                bytes = grow(bytes, most + 1, lease);
            }
        }
    }

    /** Doubles an array; the lease holds old and new while it is copied. */
    private static byte[] grow(byte[] bytes, long most, MemoryBudget.Lease lease) {
        int size = (int) Math.min(most, Math.max(FIRST_CHUNK, 2L * bytes.length));
        lease.reserve(size);
        byte[] grown = Arrays.copyOf(bytes, size);
        lease.release(bytes.length);
        return grown;
    }

    private byte[] snappy(Piece piece, MemoryBudget.Lease lease) {
        try {
            int claimed = piece.length == 0 ? -1 : Snappy.uncompressedLength(piece.bytes, 0, piece.length);
            if (claimed < 0) {
                throw ApiException.badRequest("snappy: corrupt input");
            }
            checkDecompressed(claimed);
            if (claimed > (long) SNAPPY_MAX_RATIO * piece.length + SNAPPY_MAX_RATIO || claimed > MAX_ARRAY) {
                throw ApiException.badRequest("snappy: corrupt input");
            }
            lease.reserve(claimed);
            byte[] bytes = new byte[claimed];
            int length = Snappy.uncompress(piece.bytes, 0, piece.length, bytes, 0);
            if (length != claimed) {
                throw ApiException.badRequest("snappy: corrupt input");
            }
            return bytes;
        } catch (IOException | SnappyError e) {
            throw new ApiException(400, "snappy: corrupt input", e);
        }
    }

    /** Undoes the content coding; what was received is given back. */
    private Piece inflate(Piece received, ContentCoding coding, MemoryBudget.Lease lease) {
        Piece inflated =
                switch (coding) {
                    case NONE -> null;
                    case GZIP -> gunzip(received, lease);
                    case DEFLATE -> rawInflate(received, lease);
                    case ZSTD -> unzstd(received, lease);
                    case LZ4 -> unlz4(received, lease);
                };
        if (inflated == null) {
            return received;
        }
        lease.release(received.bytes.length);
        return inflated;
    }

    private Piece gunzip(Piece piece, MemoryBudget.Lease lease) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(piece.bytes, 0, piece.length), 8 << 10)) {
            int size = firstSize(piece.length);
            lease.reserve(size);
            byte[] bytes = new byte[size];
            int length = 0;
            while (true) {
                int n = in.read(bytes, length, bytes.length - length);
                if (n < 0) {
                    return new Piece(bytes, length);
                }
                length += n;
                checkDecompressed(length);
                if (length == bytes.length) {
                    bytes = growInflated(bytes, lease);
                }
            }
        } catch (EOFException e) {
            throw new ApiException(400, piece.length == 0 ? "EOF" : "unexpected EOF", e);
        } catch (ZipException e) {
            boolean header = piece.length < 2 || piece.bytes[0] != 0x1f || (piece.bytes[1] & 0xff) != 0x8b;
            throw new ApiException(400, header ? "gzip: invalid header" : "flate: corrupt input", e);
        } catch (IOException e) {
            throw new ApiException(400, "gzip: " + e.getMessage(), e);
        }
    }

    private Piece rawInflate(Piece piece, MemoryBudget.Lease lease) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(piece.bytes, 0, piece.length);
            int size = firstSize(piece.length);
            lease.reserve(size);
            byte[] bytes = new byte[size];
            int length = 0;
            while (true) {
                int n = inflater.inflate(bytes, length, bytes.length - length);
                length += n;
                checkDecompressed(length);
                if (inflater.finished()) {
                    return new Piece(bytes, length);
                }
                if (length == bytes.length) {
                    bytes = growInflated(bytes, lease);
                } else if (n == 0) {
                    throw ApiException.badRequest(length == 0 ? "EOF" : "unexpected EOF");
                }
            }
        } catch (DataFormatException e) {
            // Loki's reader gives "EOF" when nothing could be inflated, which is what zlib in place of raw DEFLATE comes to.
            throw new ApiException(
                    400, inflater.getBytesWritten() == 0 ? "EOF" : "flate: corrupt input before offset " + inflater.getBytesRead(), e);
        } finally {
            inflater.end();
        }
    }

    /** All frames at once into one array, which serves as the window too; one that was too small is tried again twice as large. */
    private Piece unzstd(Piece piece, MemoryBudget.Lease lease) {
        if (piece.length == 0) {
            throw ApiException.badRequest("EOF");
        }
        int size = firstSize(piece.length);
        long claimed = Zstd.getFrameContentSize(piece.bytes, 0, piece.length);
        if (claimed > 0 && claimed <= ZSTD_TRUSTED_RATIO * piece.length) {
            checkDecompressed(claimed);
            size = (int) Math.min(Math.max(claimed, 1), MAX_ARRAY);
        }
        lease.reserve(size);
        byte[] bytes = new byte[size];
        while (true) {
            try {
                long length = Zstd.decompressByteArray(bytes, 0, bytes.length, piece.bytes, 0, piece.length);
                checkDecompressed(length);
                return new Piece(bytes, (int) length);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                    throw new ApiException(400, "zstd: " + e.getMessage(), e);
                }
            }
            bytes = growInflated(bytes, lease);
        }
    }

    private Piece unlz4(Piece piece, MemoryBudget.Lease lease) {
        int size = firstSize(piece.length);
        lease.reserve(size);
        byte[] first = new byte[size];
        Lz4Growth growth = new Lz4Growth(first, lease);
        return checked(new Lz4Frame(piece.bytes, piece.length, first, growth).decode());
    }

    private final class Lz4Growth implements Lz4Frame.Output {
        private final MemoryBudget.Lease lease;
        private byte[] bytes;

        Lz4Growth(byte[] bytes, MemoryBudget.Lease lease) {
            this.bytes = bytes;
            this.lease = lease;
        }

        @Override
        public byte[] room(int length, int more) {
            checkDecompressed((long) length + more);
            while (more > bytes.length - length) {
                bytes = growInflated(bytes, lease);
            }
            return bytes;
        }
    }

    private int firstSize(int compressed) {
        return (int) Math.min(Math.min(maxDecompressed, MAX_ARRAY - 1) + 1, Math.max(FIRST_CHUNK, 4L * compressed));
    }

    private byte[] growInflated(byte[] bytes, MemoryBudget.Lease lease) {
        long most = Math.min(maxDecompressed, MAX_ARRAY - 1) + 1;
        if (bytes.length >= most) {
            checkDecompressed(maxDecompressed + 1);
        }
        return grow(bytes, most, lease);
    }
}
