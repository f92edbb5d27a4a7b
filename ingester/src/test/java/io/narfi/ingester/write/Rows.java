package io.narfi.ingester.write;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.EntryBatch;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.ingester.decode.JsonPushDecoder;
import io.narfi.ingester.memory.MemoryBudget;
import io.narfi.ingester.validate.AcceptedPush;
import io.narfi.ingester.validate.PushOrigin;
import io.narfi.ingester.validate.PushValidator;
import io.narfi.storage.BatchCursor;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.Selection;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.segment.FrameCache;
import io.narfi.storage.segment.SegmentReader;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes accepted pushes of lines, and finds the lines that a store holds. */
final class Rows {
    static final String TENANT = "t";

    private static final PushValidator VALIDATOR = new PushValidator(
            TenantLimits.fixed(Limits.defaults()
                    .with("ingestion_rate_mb: 10000\ningestion_burst_size_mb: 10000\nper_stream_rate_limit: 0\nreject_old_samples: false\n"
                            + "max_label_value_length: 1000000")),
            InstantSource.system(),
            System::nanoTime,
            () -> 1,
            Duration.ofMinutes(30),
            1000,
            10,
            new SimpleMeterRegistry());
    private static final MemoryBudget MEMORY = new MemoryBudget(512 << 20, 512 << 20, new SimpleMeterRegistry());

    private static final FrameCache FRAMES = new FrameCache(16 << 20);

    private Rows() {}

    /** A push of some lines to one stream. */
    static AcceptedPush push(String... lines) {
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < lines.length; i++) {
            values.append(i == 0 ? "" : ",").append("[\"").append(1_700_000_000_000_000_000L + i).append("\",\"").append(lines[i]).append("\"]");
        }
        return pushed("{\"streams\":[{\"stream\":{\"app\":\"x\"},\"values\":[" + values + "]}]}");
    }

    /** A push of one row to each of so many streams, each with a label of so many bytes. */
    static AcceptedPush wide(int streams, int labelBytes) {
        StringBuilder body = new StringBuilder("{\"streams\":[");
        for (int i = 0; i < streams; i++) {
            body.append(i == 0 ? "" : ",").append("{\"stream\":{\"app\":\"").append(i).append("x".repeat(labelBytes)).append("\"},\"values\":[[\"")
                    .append(1_700_000_000_000_000_000L).append("\",\"s").append(i).append("\"]]}");
        }
        return pushed(body.append("]}").toString());
    }

    private static AcceptedPush pushed(String json) {
        byte[] body = json.getBytes(UTF_8);
        try (MemoryBudget.Lease lease = MEMORY.open()) {
            return VALIDATOR.validate(new PushOrigin(TENANT, "loki", "", ""), JsonPushDecoder.decode(body, body.length, lease), lease);
        }
    }

    /** All lines in all segments of a store, each as often as it is there. */
    static List<String> stored(ObjectStore store) throws IOException {
        List<String> lines = new ArrayList<>();
        for (ObjectStore.ObjectInfo object : store.list("segments/", "", 1000).objects()) {
            SegmentReader reader = SegmentReader.open(object.key(), store.get(object.key(), 64 << 20), FRAMES);
            for (StreamSlice slice : reader.select(Selection.everything(TENANT))) {
                try (BatchCursor cursor = slice.scan(ScanRequest.everything())) {
                    for (@Nullable EntryBatch b = cursor.next(); b != null; b = cursor.next()) {
                        for (int row = b.start; row < b.end; row++) {
                            int from = requireNonNull(b.offsets)[row];
                            lines.add(new String(requireNonNull(b.lines), from, b.lineLength(row), UTF_8));
                        }
                    }
                }
            }
        }
        return lines;
    }
}
