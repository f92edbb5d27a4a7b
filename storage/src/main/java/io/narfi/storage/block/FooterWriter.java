package io.narfi.storage.block;

import io.narfi.storage.block.BlockFormat.Section;
import io.narfi.storage.page.ByteWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes the footer of a block; the layouts are in the package documentation. */
final class FooterWriter {
    /** Takes the bytes of a buffer and empties it. */
    @FunctionalInterface
    interface Sink {
        void write(ByteWriter bytes) throws IOException;
    }

    private record SymbolText(byte[] text, int firstUse) {}

    private final BlockSpec spec;
    private final SeriesTable series;
    private final PageTable pages;
    private final ByteWriter table = new ByteWriter(256);
    private int sections;
    private long length;

    FooterWriter(BlockSpec spec, SeriesTable series, PageTable pages) {
        this.spec = spec;
        this.series = series;
        this.pages = pages;
    }

    BlockMeta write(long footerOffset, Sink sink) throws IOException {
        long minTime = Long.MAX_VALUE;
        long maxTime = Long.MIN_VALUE;
        long rows = 0;
        long lineBytes = 0;
        long metadataBytes = 0;
        for (int s = 0; s < series.size(); s++) {
            minTime = Math.min(minTime, series.minTime(s));
            maxTime = Math.max(maxTime, series.maxTime(s));
            rows += series.rows(s);
            lineBytes += series.lineBytes(s);
            metadataBytes += series.metadataBytes(s);
        }
        ByteWriter out = new ByteWriter(64 << 10);
        int[] rank = symbols(out);
        end(Section.SYMBOLS, out, sink);
        ByteWriter lists = new ByteWriter(64 << 10);
        series(rank, out, lists);
        end(Section.SERIES, out, sink);
        end(Section.PAGES, lists, sink);
        new PostingsWriter(series, rank).write(out);
        end(Section.POSTINGS, out, sink);

        out.utf8(spec.tenant());
        out.utf8(spec.id());
        out.zigzag(spec.day().toEpochDay());
        out.varint(spec.level());
        out.varint(spec.retentionSeconds());
        out.i64(minTime);
        out.i64(maxTime);
        out.varint(rows);
        out.varint(lineBytes);
        out.varint(metadataBytes);
        out.varint(series.size());
        end(Section.META, out, sink);
        if (!spec.parents().isEmpty()) {
            out.varint(spec.parents().size());
            spec.parents().forEach(out::utf8);
            end(Section.PARENTS, out, sink);
        }

        table.i64(footerOffset);
        table.i32(sections);
        table.i32(BlockFormat.VERSION);
        table.crcFrom(0);
        table.i32(BlockFormat.MAGIC);
        length += table.size();
        if (length > BlockFormat.MAX_FOOTER_BYTES) {
            throw new IllegalStateException("a footer of " + length + " bytes is too large");
        }
        sink.write(table);
        return new BlockMeta(
                spec.tenant(), spec.id(), spec.day(), spec.level(), minTime, maxTime, rows, lineBytes, metadataBytes, series.size(),
                footerOffset + length, footerOffset, spec.retentionSeconds());
    }

    private void end(Section section, ByteWriter bytes, Sink sink) throws IOException {
        table.i32(section.id());
        table.i32(ByteWriter.crc(bytes.array(), 0, bytes.size()));
        table.i64(length);
        table.i32(bytes.size());
        sections++;
        length += bytes.size();
        sink.write(bytes);
    }

    /** Writes the symbols in the order of their bytes; returns the place of each by its number of first use. */
    private int[] symbols(ByteWriter out) {
        List<SymbolText> sorted = new ArrayList<>(series.symbols().size());
        for (Map.Entry<String, Integer> symbol : series.symbols().entrySet()) {
            sorted.add(new SymbolText(symbol.getKey().getBytes(StandardCharsets.UTF_8), symbol.getValue()));
        }
        sorted.sort((a, b) -> Arrays.compareUnsigned(a.text, b.text));
        int[] rank = new int[sorted.size()];
        out.i32(sorted.size());
        int offset = 0;
        for (int i = 0; i < sorted.size(); i++) {
            rank[sorted.get(i).firstUse] = i;
            out.i32(offset);
            offset += sorted.get(i).text.length;
        }
        out.i32(offset);
        for (SymbolText symbol : sorted) {
            out.bytes(symbol.text);
        }
        return rank;
    }

    private void series(int[] rank, ByteWriter out, ByteWriter lists) {
        int count = series.size();
        out.i32(count);
        for (int s = 0; s < count; s++) {
            out.i64(series.hash(s));
        }
        PageTable.Lists pageLists = pages.new Lists();
        ByteWriter records = new ByteWriter(64 << 10);
        for (int s = 0; s < count; s++) {
            out.i32(records.size());
            records.i64(series.minTime(s));
            records.varint(series.maxTime(s) - series.minTime(s));
            records.varint(series.rows(s));
            records.varint(series.lineBytes(s));
            records.varint(series.metadataBytes(s));
            records.varint(series.pageCount(s));
            records.varint(lists.size());
            int begin = lists.size();
            pageLists.write(series.pageCount(s), series.minTime(s), lists);
            records.varint(lists.size() - begin);
            records.varint(series.pairEnd(s) - series.pairStart(s));
            for (int pair = series.pairStart(s); pair < series.pairEnd(s); pair++) {
                records.varint(rank[series.name(pair)]);
                records.varint(rank[series.value(pair)]);
            }
        }
        out.i32(records.size());
        out.bytes(records.array(), 0, records.size());
    }
}
