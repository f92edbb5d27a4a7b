package io.narfi.benchmarks.macro;

import com.google.protobuf.CodedOutputStream;
import io.narfi.common.Labels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xerial.snappy.Snappy;

/** Encodes pushes as Alloy does: protobuf in a snappy block. */
final class PushEncoder {
    private final List<String> labels;

    PushEncoder(List<Labels> streams) {
        this.labels = streams.stream().map(Labels::toString).toList();
    }

    byte[] encode(List<LogGenerator.Entry> entries) {
        Map<Integer, List<LogGenerator.Entry>> byStream = new LinkedHashMap<>();
        for (LogGenerator.Entry e : entries) {
            byStream.computeIfAbsent(e.stream(), k -> new ArrayList<>()).add(e);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 20);
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            for (Map.Entry<Integer, List<LogGenerator.Entry>> s : byStream.entrySet()) {
                out.writeByteArray(1, stream(labels.get(s.getKey()), s.getValue()));
            }
            out.flush();
            return Snappy.compress(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] stream(String labels, List<LogGenerator.Entry> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeString(1, labels);
        for (LogGenerator.Entry e : entries) {
            long seconds = e.timestamp() / 1_000_000_000;
            int nanos = (int) (e.timestamp() % 1_000_000_000);
            int timeSize = CodedOutputStream.computeInt64Size(1, seconds) + CodedOutputStream.computeInt32Size(2, nanos);
            int size = CodedOutputStream.computeTagSize(1) + CodedOutputStream.computeUInt32SizeNoTag(timeSize) + timeSize
                    + CodedOutputStream.computeByteArraySize(2, e.line());
            out.writeTag(2, 2);
            out.writeUInt32NoTag(size);
            out.writeTag(1, 2);
            out.writeUInt32NoTag(timeSize);
            out.writeInt64(1, seconds);
            out.writeInt32(2, nanos);
            out.writeByteArray(2, e.line());
        }
        out.flush();
        return bytes.toByteArray();
    }
}
