package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.EntryBatch;
import io.narfi.common.LabelMatcher;
import io.narfi.common.LabelMatcher.Op;
import io.narfi.common.Labels;
import io.narfi.storage.BytesReader;
import io.narfi.storage.RandomRows;
import io.narfi.storage.ScanRequest;
import io.narfi.storage.ScanRequest.Columns;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.Selection;
import io.narfi.storage.StoredRow;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.StreamSlice.PageInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockRoundTripTest {
    private static final List<String> PARENTS = List.of("01HF8XKJ3V5X0S1Q9C7R2E4T6A", "01HF8XKJ3V5X0S1Q9C7R2E4T6B");
    static final LocalDate DAY = LocalDate.of(2023, 11, 14);
    static final long START = DAY.toEpochDay() * 86_400_000_000_000L;
    private static final Comparator<Labels> ORDER =
            ((Comparator<Labels>) (a, b) -> Long.compareUnsigned(a.stableHash(), b.stableHash())).thenComparing(Comparator.naturalOrder());

    private static final List<Op> OPS = List.of(Op.EQUAL, Op.NOT_EQUAL, Op.REGEX, Op.NOT_REGEX);

    @TempDir
    Path folder;

    static Map<Labels, List<StoredRow>> model(RandomRows rows, int streams) {
        Random random = rows.random();
        Map<Labels, List<StoredRow>> model = new TreeMap<>(ORDER);
        for (int i = 0; i < streams; i++) {
            int count = random.nextInt(10) == 0 ? 5000 + random.nextInt(20000) : 1 + random.nextInt(30);
            long begin = START + (long) (random.nextDouble() * 80_000e9);
            model.put(rows.labels(), RandomRows.stored(rows.rows(count, begin, 1 + random.nextInt(6_000) * 1_000_000_000L)));
        }
        return model;
    }

    static BlockMeta write(Path file, Map<Labels, List<StoredRow>> model, Random random) throws Exception {
        BlockSpec spec = new BlockSpec("tenant", "01HF8XKJ3V5X0S1Q9C7R2E4T6Y", DAY, 2, 3600, PARENTS);
        try (BlockWriter writer = BlockWriter.create(file, spec)) {
            for (var stream : model.entrySet()) {
                writer.startStream(stream.getKey());
                EntryBatch all = StoredRow.batch(stream.getValue());
                for (int from = 0; from < all.end; ) {
                    int to = Math.min(all.end, from + 1 + random.nextInt(3000));
                    writer.append(all.slice(from, to));
                    from = to;
                }
            }
            return writer.finish();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void returnsWhatWasWritten(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        var model = model(rows, 1 + rows.random().nextInt(80));
        BlockMeta meta = write(folder.resolve("block"), model, rows.random());
        byte[] bytes = Files.readAllBytes(folder.resolve("block"));
        assertThat(meta.size()).isEqualTo(bytes.length);
        assertThat(meta.streams()).isEqualTo(model.size());
        assertThat(meta.rows()).isEqualTo(model.values().stream().mapToLong(List::size).sum());

        BytesReader object = new BytesReader(meta.key(), bytes);
        BlockReader block = BlockReader.open(object, meta);
        assertThat(object.takeReads()).containsExactly(new BytesReader.Read(meta.footerOffset(), (int) (meta.size() - meta.footerOffset())));
        assertThat(BlockReader.open(object).meta()).isEqualTo(meta);
        assertThat(block.parents()).isEqualTo(PARENTS);

        List<StreamSlice> slices = block.select(Selection.everything("tenant"));
        assertThat(slices).extracting(StreamSlice::labels).as("seed %d", seed).containsExactlyElementsOf(model.keySet());
        for (StreamSlice slice : slices) {
            List<StoredRow> expected = requireNonNull(model.get(slice.labels()));
            assertThat(StoredRow.readAll(slice)).as("seed %d, %s", seed, slice.labels()).isEqualTo(expected);
            checkSummary(slice, expected);
            checkRanges(slice, expected, rows.random(), seed);
        }
    }

    private static void checkSummary(StreamSlice slice, List<StoredRow> rows) throws Exception {
        assertThat(slice.rows()).isEqualTo(rows.size());
        assertThat(slice.hash()).isEqualTo(slice.labels().stableHash());
        assertThat(slice.minTime()).isEqualTo(rows.getFirst().timestamp());
        assertThat(slice.maxTime()).isEqualTo(rows.getLast().timestamp());
        assertThat(slice.lineBytes()).isEqualTo(rows.stream().mapToLong(r -> r.line().length()).sum());
        int at = 0;
        for (PageInfo page : slice.pages()) {
            List<StoredRow> part = rows.subList(at, at + page.rows());
            assertThat(page.minTime()).isEqualTo(part.getFirst().timestamp());
            assertThat(page.maxTime()).isEqualTo(part.getLast().timestamp());
            assertThat(page.lineBytes()).isEqualTo(part.stream().mapToLong(r -> r.line().length()).sum());
            at += page.rows();
        }
        assertThat(at).isEqualTo(rows.size());
        assertThat(slice.pages().stream().mapToLong(PageInfo::metadataBytes).sum()).isEqualTo(slice.metadataBytes());
    }

    private static void checkRanges(StreamSlice slice, List<StoredRow> rows, Random random, long seed) throws Exception {
        for (int i = 0; i < 2; i++) {
            long from = rows.get(random.nextInt(rows.size())).timestamp() + random.nextInt(3) - 1;
            long to = rows.get(random.nextInt(rows.size())).timestamp() + random.nextInt(3) - 1;
            List<StoredRow> expected = rows.stream().filter(r -> r.timestamp() >= from && r.timestamp() < to).toList();
            for (Direction direction : Direction.values()) {
                assertThat(StoredRow.read(slice.scan(new ScanRequest(from, to, direction, Columns.LINES)), direction))
                        .as("seed %d", seed)
                        .isEqualTo(expected);
                assertThat(lengths(slice, new ScanRequest(from, to, direction, Columns.METADATA)))
                        .containsExactlyInAnyOrderElementsOf(expected.stream().map(r -> r.line().length()).toList());
            }
        }
    }

    private static List<Integer> lengths(StreamSlice slice, ScanRequest request) throws Exception {
        List<Integer> lengths = new ArrayList<>();
        try (var cursor = slice.scan(request)) {
            for (var batch = cursor.next(); batch != null; batch = cursor.next()) {
                assertThat(batch.lines).isNull();
                for (int row = batch.start; row < batch.end; row++) {
                    lengths.add(batch.lineLength(row));
                }
            }
        }
        return lengths;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void resolvesSelectorsAsTheyAreDefined(long seed) throws Exception {
        RandomRows rows = new RandomRows(seed);
        Random random = rows.random();
        Map<Labels, List<StoredRow>> model = new TreeMap<>(ORDER);
        for (int i = 0; i < 300; i++) {
            model.put(rows.labels(), RandomRows.stored(rows.rows(1 + random.nextInt(3), START + random.nextInt(1000), 1000)));
        }
        BlockMeta meta = write(folder.resolve("block"), model, random);
        BlockReader block = BlockReader.open(new BytesReader(meta.key(), Files.readAllBytes(folder.resolve("block"))));
        String[] names = {"app", "pod", "namespace", "job", "empty", "none"};
        String[] values = {"", "a1", "n2", "p77", "zzz"};
        String[] expressions = {".+", ".*", "", "a.|n1|", "n[0-2]", "p[0-9]+", "a1|a2|zzz", "[^a].*"};
        for (int i = 0; i < 400; i++) {
            List<LabelMatcher> matchers = new ArrayList<>();
            for (int m = random.nextInt(4); m > 0; m--) {
                Op op = OPS.get(random.nextInt(OPS.size()));
                boolean regex = op == Op.REGEX || op == Op.NOT_REGEX;
                String[] from = regex ? expressions : values;
                matchers.add(new LabelMatcher(names[random.nextInt(names.length)], op, from[random.nextInt(from.length)]));
            }
            boolean narrow = random.nextBoolean();
            Selection selection = narrow
                    ? new Selection("tenant", matchers, START + 200, START + 900, random.nextLong() >>> 1, -1L - (random.nextLong() >>> 2))
                    : new Selection("tenant", matchers, START, START + 10_000, 0, -1);
            List<Labels> expected = model.entrySet().stream()
                    .filter(e -> selection.matches(e.getKey()))
                    .filter(e -> e.getValue().getFirst().timestamp() < selection.to() && e.getValue().getLast().timestamp() >= selection.from())
                    .map(Map.Entry::getKey)
                    .toList();
            assertThat(block.series(selection)).as("seed %d, %s", seed, selection).isEqualTo(expected);
            TreeSet<String> expectedNames = new TreeSet<>();
            TreeSet<String> apps = new TreeSet<>();
            for (Labels labels : expected) {
                expectedNames.addAll(labels.toMap().keySet());
                if (labels.has("app")) {
                    apps.add(labels.getOrEmpty("app"));
                }
            }
            assertThat(block.labelNames(selection)).containsExactlyElementsOf(expectedNames);
            assertThat(block.labelValues(selection, "app")).containsExactlyElementsOf(apps);
        }
        assertThat(block.select(Selection.everything("other"))).isEmpty();
        assertThat(block.labelValues(Selection.everything("tenant"), "none")).isEmpty();
    }
}
