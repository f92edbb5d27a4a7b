package io.narfi.storage.block;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.RowSource;
import io.narfi.storage.Selection;
import io.narfi.storage.SliceTotals;
import io.narfi.storage.StreamSlice;
import io.narfi.storage.block.BlockFormat.Section;
import io.narfi.storage.object.RangeReader;
import io.narfi.storage.page.ByteReader;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An open block: its footer is in memory, in the form in which it is stored. Sections are checked when they are first used and read in place. Safe
 * from any thread.
 */
public final class BlockReader implements RowSource {
    /** Of a symbol's string and its place in the cache, beside the text. */
    private static final int SYMBOL_BYTES = 56;

    private static final int BASE_BYTES = 1024;
    private static final long MAX_SUM = Long.MAX_VALUE >> 8;

    private record Index(SymbolTable symbols, SeriesIndex series, Postings postings, ByteReader pages) {}

    private final RangeReader reader;
    private final BlockFooter footer;
    private final BlockMeta meta;
    private final long memoryBytes;
    private volatile @Nullable Index index;

    private BlockReader(RangeReader reader, BlockFooter footer) throws CorruptDataException {
        this.reader = reader;
        this.footer = footer;
        this.meta = readMeta(reader, footer);
        // The worst case: every symbol is in use as a string beside its bytes.
        int symbolBytes = footer.sectionLength(Section.SYMBOLS);
        int symbols = footer.firstNumber(Section.SYMBOLS);
        this.memoryBytes = BASE_BYTES + footer.length() + symbolBytes + Math.clamp(symbols, 0, symbolBytes / 4) * (long) SYMBOL_BYTES;
    }

    /** Opens a block that the catalog knows, with one read. */
    public static BlockReader open(RangeReader reader, BlockMeta meta) throws IOException {
        if (reader.size() != meta.size()) {
            throw new CorruptDataException(reader.key(), "block", 0, "it has " + reader.size() + " bytes, the catalog says " + meta.size());
        }
        BlockReader block = new BlockReader(reader, BlockFooter.read(reader, meta.footerOffset()));
        if (!block.meta.equals(meta)) {
            throw new CorruptDataException(reader.key(), "meta", meta.footerOffset(), "it says " + block.meta + ", the catalog " + meta);
        }
        return block;
    }

    /** Opens a block of which nothing is known. */
    public static BlockReader open(RangeReader reader) throws IOException {
        return new BlockReader(reader, BlockFooter.find(requireNonNull(reader, "reader is null")));
    }

    private static BlockMeta readMeta(RangeReader reader, BlockFooter footer) throws CorruptDataException {
        ByteReader in = footer.section(Section.META);
        try {
            String tenant = in.utf8();
            String id = in.utf8();
            LocalDate day = LocalDate.ofEpochDay(in.zigzag());
            int level = in.varint32(Integer.MAX_VALUE, "level");
            long retentionSeconds = in.varint(MAX_SUM, "retention");
            long minTime = in.i64();
            long maxTime = in.i64();
            long rows = in.varint(MAX_SUM, "rows");
            long lineBytes = in.varint(MAX_SUM, "bytes of lines");
            long metadataBytes = in.varint(MAX_SUM, "bytes of metadata");
            int streams = in.varint32(Integer.MAX_VALUE, "streams");
            in.expectEnd();
            return new BlockMeta(
                    tenant, id, day, level, minTime, maxTime, rows, lineBytes, metadataBytes, streams, reader.size(), footer.offset(),
                    retentionSeconds);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw in.corrupt(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public String key() {
        return reader.key();
    }

    /** What the block says of itself. */
    public BlockMeta meta() {
        return meta;
    }

    /** Ids of the blocks that it was merged from and replaces; none for a block made from segments. */
    public List<String> parents() throws CorruptDataException {
        if (!footer.has(Section.PARENTS)) {
            return List.of();
        }
        ByteReader in = footer.section(Section.PARENTS);
        int count = in.count(1, "parents");
        List<String> parents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            parents.add(in.utf8());
        }
        in.expectEnd();
        return List.copyOf(parents);
    }

    /** The most memory that the reader may come to hold, in bytes; slices and cursors come on top while they are in use. */
    public long memoryBytes() {
        return memoryBytes;
    }

    private Index index() throws CorruptDataException {
        Index i = index;
        if (i == null) {
            SymbolTable symbols = new SymbolTable(footer.section(Section.SYMBOLS));
            SeriesIndex series = new SeriesIndex(key(), Section.SERIES.text(), footer.offset(), footer.section(Section.SERIES));
            Postings postings = new Postings(
                    key(), Section.POSTINGS.text(), footer.offset(), footer.section(Section.POSTINGS), series.count());
            i = new Index(symbols, series, postings, footer.section(Section.PAGES));
            // Two threads may both get here; either result is as good.
            index = i;
        }
        return i;
    }

    @Override
    public List<StreamSlice> select(Selection selection) throws IOException {
        List<StreamSlice> slices = new ArrayList<>();
        forEach(selection, (i, entry) -> slices.add(new BlockSlice(this, entry, SeriesIndex.labels(entry, i.symbols))));
        return slices;
    }

    @Override
    public List<? extends SliceTotals> totals(Selection selection) throws IOException {
        List<BlockTotals> totals = new ArrayList<>();
        forEach(selection, (i, entry) -> totals.add(new BlockTotals(this, entry)));
        return totals;
    }

    @Override
    public List<Labels> series(Selection selection) throws IOException {
        List<Labels> labels = new ArrayList<>();
        forEach(selection, (i, entry) -> labels.add(SeriesIndex.labels(entry, i.symbols)));
        return labels;
    }

    @Override
    public List<String> labelNames(Selection selection) throws IOException {
        if (!isWhole(selection)) {
            return RowSource.super.labelNames(selection);
        }
        Index i = index();
        TreeSet<String> names = new TreeSet<>();
        for (int name = 0; name < i.postings.names(); name++) {
            names.add(i.symbols.text(i.postings.nameSymbol(name)));
        }
        return List.copyOf(names);
    }

    @Override
    public List<String> labelValues(Selection selection, String name) throws IOException {
        if (!isWhole(selection)) {
            return RowSource.super.labelValues(selection, name);
        }
        Index i = index();
        TreeSet<String> values = new TreeSet<>();
        int symbol = i.symbols.find(name);
        int found = symbol < 0 ? -1 : i.postings.findName(symbol);
        if (found >= 0) {
            int end = i.postings.firstValue(found + 1);
            for (int value = i.postings.firstValue(found); value < end; value++) {
                values.add(i.symbols.text(i.postings.valueSymbol(value)));
            }
        }
        return List.copyOf(values);
    }

    /** Whether a selection takes every stream of the block. */
    private boolean isWhole(Selection selection) {
        return selection.tenant().equals(meta.tenant())
                && selection.matchers().isEmpty()
                && selection.from() <= meta.minTime()
                && selection.to() > meta.maxTime()
                && selection.minHash() == 0
                && selection.maxHash() == -1;
    }

    /** Takes a series that was selected. */
    @FunctionalInterface
    private interface SeriesConsumer {
        void accept(Index index, SeriesIndex.Entry entry) throws CorruptDataException;
    }

    private void forEach(Selection selection, SeriesConsumer consumer) throws CorruptDataException {
        if (!selection.tenant().equals(meta.tenant()) || meta.minTime() >= selection.to() || meta.maxTime() < selection.from()) {
            return;
        }
        Index i = index();
        int from = i.series.firstAtOrAfter(selection.minHash());
        int to = selection.maxHash() == -1 ? i.series.count() : i.series.firstAtOrAfter(selection.maxHash() + 1);
        BitSet selected = new StreamResolver(i.symbols, i.series, i.postings).resolve(selection.matchers(), from, to);
        for (int id = selected.nextSetBit(0); id >= 0; id = selected.nextSetBit(id + 1)) {
            SeriesIndex.Entry entry = i.series.entry(id);
            if (entry.minTime() < selection.to() && entry.maxTime() >= selection.from()) {
                consumer.accept(i, entry);
            }
        }
    }

    PageList pages(SeriesIndex.Entry entry) throws CorruptDataException {
        ByteReader section = index().pages;
        int at = entry.listOffset();
        if (at > section.remaining() || entry.listLength() > section.remaining() - at) {
            throw section.corrupt("list of " + entry.listLength() + " bytes at " + at);
        }
        int from = section.position() + at;
        ByteReader list = new ByteReader(
                key(), Section.PAGES.text(), footer.offset(), section.array(), from, from + entry.listLength());
        return PageList.read(list, entry.pages(), entry.minTime(), footer.offset());
    }

    RangeReader reader() {
        return reader;
    }
}
