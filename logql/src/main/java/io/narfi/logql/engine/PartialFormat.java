package io.narfi.logql.engine;

import io.narfi.common.Labels;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a partial result, version 1. It lives only between processes of one version's neighbourhood, never in storage. Numbers are
 * {@link Varints}, doubles eight bytes, high first.
 *
 * <pre>
 *   version: byte, 1
 *   strings: count, then each as length and UTF-8
 *   series:  count, then each as
 *     labels:  number of pairs, then name and value as indexes of strings, names ascending
 *     samples: {@link PaneSeries#write cells} or {@link RawSeries#write samples}, as the leaf's function wants
 * </pre>
 */
final class PartialFormat {
    private static final byte VERSION = 1;
    private static final int FIRST_SIZE = 1 << 10;

    private ByteBuffer out = ByteBuffer.allocate(FIRST_SIZE);

    private PartialFormat() {}

    static byte[] write(List<SeriesSamples> series) {
        PartialFormat format = new PartialFormat();
        Map<String, Integer> strings = new HashMap<>();
        List<String> inOrder = new ArrayList<>();
        for (SeriesSamples s : series) {
            for (int i = 0; i < s.labels.size(); i++) {
                for (String text : List.of(s.labels.name(i), s.labels.value(i))) {
                    if (strings.putIfAbsent(text, inOrder.size()) == null) {
                        inOrder.add(text);
                    }
                }
            }
        }
        format.out.put(VERSION);
        format.number(inOrder.size());
        for (String text : inOrder) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            format.number(utf8.length);
            format.room(utf8.length).put(utf8);
        }
        format.number(series.size());
        for (SeriesSamples s : series) {
            format.number(s.labels.size());
            for (int i = 0; i < s.labels.size(); i++) {
                format.number(strings.getOrDefault(s.labels.name(i), -1));
                format.number(strings.getOrDefault(s.labels.value(i), -1));
            }
            s.write(format.room(s.writtenBytes()));
        }
        return Arrays.copyOf(format.out.array(), format.out.position());
    }

    private void number(long value) {
        Varints.write(room(Varints.MAX_BYTES), value);
    }

    private ByteBuffer room(long bytes) {
        if (out.remaining() < bytes) {
            long size = Math.max(out.position() + bytes, 2L * out.capacity());
            if (out.position() + bytes > Integer.MAX_VALUE - 16) {
                throw new IllegalStateException("a partial result of more than 2 GiB");
            }
            out = ByteBuffer.allocate((int) Math.min(size, Integer.MAX_VALUE - 16)).put(out.flip());
        }
        return out;
    }

    static List<SeriesSamples> read(ByteBuffer in, Leaf leaf, StepGrid grid, MemoryBudget budget) {
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("partial result of version " + version + ", not " + VERSION);
        }
        String[] strings = new String[Varints.readInt(in, in.remaining())];
        for (int i = 0; i < strings.length; i++) {
            byte[] utf8 = new byte[Varints.readInt(in, in.remaining())];
            in.get(utf8);
            strings[i] = new String(utf8, StandardCharsets.UTF_8);
            budget.reserve(64L + utf8.length);
        }
        RangeFunction function = new RangeFunction(leaf.range());
        RangeFunction.SamplesFunction samples = function.samplesFunction();
        Windows windows = leaf.windows(grid);
        int count = Varints.readInt(in, in.remaining());
        List<SeriesSamples> series = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String[] pairs = new String[2 * Varints.readInt(in, in.remaining())];
            for (int k = 0; k < pairs.length; k++) {
                pairs[k] = strings[Varints.readInt(in, strings.length - 1)];
            }
            Labels labels = Labels.ofSorted(pairs);
            SeriesSamples s =
                    samples == null ? new PaneSeries(labels, windows, function, budget) : new RawSeries(labels, windows, samples, budget);
            s.read(in);
            series.add(s);
        }
        return series;
    }
}
