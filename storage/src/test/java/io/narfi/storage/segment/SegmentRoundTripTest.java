package io.narfi.storage.segment;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.LabelMatcher;
import io.narfi.common.Labels;
import io.narfi.storage.RandomRows;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.Selection;
import io.narfi.storage.StoredRow;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.StreamSlice.PageInfo;
import io.narfi.storage.object.ObjectContent;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentRoundTripTest {
    private static final long BASE = 1_700_000_000_000_000_000L;
    private final FrameCache cache = new FrameCache(8 << 20);

    static byte[] bytes(ObjectContent content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (var buffer : ((ObjectContent.Buffers) content).buffers()) {
            byte[] part = new byte[buffer.remaining()];
            buffer.duplicate().get(part);
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Rows by tenant and stream, and a builder that took them in. */
    private static Map<String, Map<Labels, List<StoredRow>>> fill(SegmentBuilder builder, RandomRows rows) {
        Random random = rows.random();
        Map<String, Map<Labels, List<StoredRow>>> model = new TreeMap<>();
        int pushes = 1 + random.nextInt(60);
        for (int push = 0; push < pushes; push++) {
            String tenant = "tenant-" + random.nextInt(3);
            Labels labels = rows.labels();
            int count = random.nextInt(20) == 0 ? 1 + random.nextInt(9000) : 1 + random.nextInt(50);
            List<StoredRow> added = rows.rows(count, BASE, random.nextInt(5) == 0 ? 4_000_000_000_000_000_000L : 1_000_000_000L);
            int stream = builder.stream(tenant, labels);
            if (random.nextBoolean()) {
                builder.append(stream, StoredRow.batch(added));
            } else {
                for (StoredRow row : added) {
                    byte[] line = (" " + row.line() + " ").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
                    builder.append(stream, row.timestamp(), line, 1, line.length - 2, row.metadata());
                }
            }
            model.computeIfAbsent(tenant, t -> new TreeMap<>((a, b) -> {
                int c = Long.compareUnsigned(a.stableHash(), b.stableHash());
                return c != 0 ? c : a.compareTo(b);
            })).computeIfAbsent(labels, l -> new ArrayList<>()).addAll(added);
        }
        model.values().forEach(streams -> streams.replaceAll((labels, all) -> RandomRows.stored(all)));
        return model;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void returnsWhatWasPut(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(4 << 20));
        fill(builder, rows);
        builder.clear();
        assertThat(builder.isEmpty()).isTrue();
        assertThat(builder.rawBytes()).isZero();

        var model = fill(builder, rows);
        SealedSegment sealed = builder.seal();
        builder.clear();
        SegmentReader reader = SegmentReader.open("segment-" + seed, bytes(sealed.content()), cache);

        assertThat(reader.tenants()).extracting(SegmentReader.TenantInfo::tenant).containsExactlyElementsOf(model.keySet());
        long total = 0;
        for (var tenant : model.entrySet()) {
            List<StreamSlice> slices = reader.select(Selection.everything(tenant.getKey()));
            assertThat(slices).extracting(StreamSlice::labels).as("seed %d", seed).containsExactlyElementsOf(tenant.getValue().keySet());
            for (StreamSlice slice : slices) {
                List<StoredRow> expected = requireNonNull(tenant.getValue().get(slice.labels()));
                assertThat(StoredRow.readAll(slice)).as("seed %d", seed).isEqualTo(expected);
                checkSummary(slice, expected);
                checkRanges(slice, expected, rows.random());
                total += expected.size();
            }
        }
        assertThat(sealed.rows()).isEqualTo((int) total);
    }

    private static void checkSummary(StreamSlice slice, List<StoredRow> rows) throws Exception {
        assertThat(slice.rows()).isEqualTo(rows.size());
        assertThat(slice.minTime()).isEqualTo(rows.getFirst().timestamp());
        assertThat(slice.maxTime()).isEqualTo(rows.getLast().timestamp());
        assertThat(slice.lineBytes()).isEqualTo(rows.stream().mapToLong(r -> r.line().length()).sum());
        assertThat(slice.pages().stream().mapToLong(PageInfo::rows).sum()).isEqualTo(rows.size());
        assertThat(slice.pages().stream().mapToLong(PageInfo::lineBytes).sum()).isEqualTo(slice.lineBytes());
        assertThat(slice.pages().stream().mapToLong(PageInfo::metadataBytes).sum()).isEqualTo(slice.metadataBytes());
    }

    private static void checkRanges(StreamSlice slice, List<StoredRow> rows, Random random) throws Exception {
        for (int i = 0; i < 3; i++) {
            long from = rows.get(random.nextInt(rows.size())).timestamp() + random.nextInt(3) - 1;
            long to = rows.get(random.nextInt(rows.size())).timestamp() + random.nextInt(3) - 1;
            List<StoredRow> expected = rows.stream().filter(r -> r.timestamp() >= from && r.timestamp() < to).toList();
            for (Direction direction : Direction.values()) {
                assertThat(StoredRow.read(slice.scan(new ScanRequest(from, to, direction, Columns.LINES)), direction)).isEqualTo(expected);
            }
            long count = 0;
            try (var cursor = slice.scan(new ScanRequest(from, to, Direction.FORWARD, Columns.TIMESTAMPS))) {
                for (var batch = cursor.next(); batch != null; batch = cursor.next()) {
                    assertThat(batch.lines).isNull();
                    assertThat(batch.offsets).isNull();
                    count += batch.size();
                }
            }
            assertThat(count).isEqualTo(expected.size());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void selectsByMatcherTimeAndHash(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        SegmentBuilder builder = new SegmentBuilder(new ChunkPool(4 << 20));
        var model = fill(builder, rows);
        SegmentReader reader = SegmentReader.open("select-" + seed, bytes(builder.seal().content()), cache);
        List<LabelMatcher> matchers = List.of(new LabelMatcher("app", LabelMatcher.Op.REGEX, "a[0-9]|"));
        for (var tenant : model.entrySet()) {
            Selection selection = new Selection(tenant.getKey(), matchers, BASE + 10, BASE + 500_000_000, 1L << 60, -1L << 60);
            List<Labels> expected = tenant.getValue().entrySet().stream()
                    .filter(e -> selection.matches(e.getKey()))
                    .filter(e -> e.getValue().getFirst().timestamp() < selection.to() && e.getValue().getLast().timestamp() >= selection.from())
                    .map(Map.Entry::getKey)
                    .toList();
            assertThat(reader.series(selection)).as("seed %d", seed).isEqualTo(expected);
        }
        assertThat(reader.select(Selection.everything("nobody"))).isEmpty();
    }
}
