package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Batches and results for tests. */
final class Batches {
    private Batches() {}

    static EntryBatch of(String... lines) {
        byte[][] bytes = new byte[lines.length][];
        for (int i = 0; i < lines.length; i++) {
            bytes[i] = lines[i].getBytes(UTF_8);
        }
        return of(null, bytes);
    }

    static EntryBatch with(Labels metadata, String... lines) {
        byte[][] bytes = new byte[lines.length][];
        for (int i = 0; i < lines.length; i++) {
            bytes[i] = lines[i].getBytes(UTF_8);
        }
        return of(metadata, bytes);
    }

    /** One second apart from 0 on; some bytes stand before and behind the rows. */
    static EntryBatch of(@Nullable Labels metadata, byte[]... lines) {
        int total = 10;
        for (byte[] line : lines) {
            total += line.length;
        }
        byte[] all = new byte[total];
        java.util.Arrays.fill(all, (byte) 'f');
        int[] offsets = new int[lines.length + 1];
        long[] timestamps = new long[lines.length];
        int at = 5;
        for (int i = 0; i < lines.length; i++) {
            offsets[i] = at;
            timestamps[i] = i * 1_000_000_000L;
            System.arraycopy(lines[i], 0, all, at, lines[i].length);
            at += lines[i].length;
        }
        offsets[lines.length] = at;
        return new EntryBatch(timestamps, offsets, all, metadata == null ? null : new int[lines.length], metadata == null ? null : new Labels[] {metadata}, 0, lines.length);
    }

    /** A line with its labels. */
    record Row(String line, Map<String, String> labels) {}

    static List<Row> run(Pipeline pipeline, Labels stream, EntryBatch batch) {
        List<Row> out = new ArrayList<>();
        pipeline.forStream(stream).process(batch, false, (row, ts, b, from, to, labels) -> out.add(new Row(new String(b, from, to - from, UTF_8), labels.all().toMap())));
        return out;
    }
}
