package io.narfi.ingester.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.ingester.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.List;

/** A decoded push as plain values, for comparison; bytes are shown as Latin-1. */
public record Decoded(List<Stream> streams) {
    public record Stream(String labels, List<Entry> entries) {}

    public record Entry(long timestamp, String line, List<String> metadata) {}

    public static Decoded of(PushData d) {
        List<Stream> streams = new ArrayList<>();
        for (int s = 0; s < d.streams(); s++) {
            List<Entry> entries = new ArrayList<>();
            for (int e = d.firstEntry(s); e < d.endEntry(s); e++) {
                List<String> metadata = new ArrayList<>();
                for (int p = d.firstPair(e); p < d.endPair(e); p++) {
                    metadata.add(text(d, d.nameOffset(p), d.nameLength(p)));
                    metadata.add(text(d, d.valueOffset(p), d.valueLength(p)));
                }
                entries.add(new Entry(d.timestamp(e), text(d, d.lineOffset(e), d.lineLength(e)), metadata));
            }
            streams.add(new Stream(d.labelText(s), entries));
        }
        return new Decoded(streams);
    }

    private static String text(PushData d, int offset, int length) {
        return new String(d.bytes(), offset, length, ISO_8859_1);
    }

    public static MemoryBudget.Lease lease(long bytes) {
        return new MemoryBudget(bytes, bytes, new SimpleMeterRegistry()).open();
    }
}
