package io.narfi.storage.page;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.narfi.storage.CorruptDataException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * zstd at level 1 with contexts that are reused. Contexts (about 1 MiB of native memory each) are kept in a pool of a fixed size and not
 * per thread, since virtual threads are many; a call holds one only while it is in native code, which keeps its carrier, so that no more
 * are ever in use than there are processors and platform threads.
 */
public final class Zstd {
    static final int LEVEL = 1;
    static final int MAX_IDLE = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private static final BlockingQueue<ZstdCompressCtx> COMPRESSORS = new ArrayBlockingQueue<>(MAX_IDLE);
    private static final BlockingQueue<ZstdDecompressCtx> DECOMPRESSORS = new ArrayBlockingQueue<>(MAX_IDLE);

    private Zstd() {}

    /** Appends the compressed form of a part of an array; returns its length. */
    public static int compress(byte[] source, int offset, int length, ByteWriter out) {
        int bound = Math.toIntExact(com.github.luben.zstd.Zstd.compressBound(length));
        out.reserve(bound);
        ZstdCompressCtx context = COMPRESSORS.poll();
        if (context == null) {
            context = new ZstdCompressCtx().setLevel(LEVEL).setChecksum(false);
        }
        int written = context.compressByteArray(out.array(), out.size(), bound, source, offset, length);
        if (!COMPRESSORS.offer(context)) {
            context.close();
        }
        out.advance(written);
        return written;
    }

    /**
     * Decompresses exactly {@code length} bytes, which the caller has checked against a limit; never writes more.
     *
     * @throws CorruptDataException if the bytes are no zstd frame of that size
     */
    public static byte[] decompress(ByteReader in, int compressedLength, int length) throws CorruptDataException {
        int at = in.skip(compressedLength);
        byte[] out = new byte[length];
        ZstdDecompressCtx context = DECOMPRESSORS.poll();
        if (context == null) {
            context = new ZstdDecompressCtx();
        }
        int written;
        try {
            written = context.decompressByteArray(out, 0, length, in.array(), at, compressedLength);
        } catch (ZstdException e) {
            context.close();
            throw in.corrupt("zstd: " + e.getMessage());
        }
        if (!DECOMPRESSORS.offer(context)) {
            context.close();
        }
        if (written != length) {
            throw in.corrupt("zstd frame of " + written + " bytes instead of " + length);
        }
        return out;
    }

    static int idle() {
        return COMPRESSORS.size() + DECOMPRESSORS.size();
    }
}
