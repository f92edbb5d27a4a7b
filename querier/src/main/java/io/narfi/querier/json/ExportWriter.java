package io.narfi.querier.json;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Durations;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.querier.coordinate.ExportPosition;
import io.narfi.querier.log.LogRow;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;

/**
 * Writes the rows of an export (docs/export.md): their bytes, or an object a line. Objects may be mixed with others that say how far the
 * export has come.
 */
public final class ExportWriter {
    /** How a row looks. */
    public enum Format {
        /** The line's bytes and a newline. */
        RAW,
        /** An object a line. */
        JSONL
    }

    /** A position is told after about so much of rows. */
    private static final long POSITION_BYTES = 256 << 10;

    private final JsonOut out;
    private final Counting counting;
    private final Format format;
    private final boolean categorize;
    private final boolean positions;
    private long second = Long.MIN_VALUE;
    private String secondText = "";
    private long rows;
    private long bytesAtPosition;

    /**
     * @param categorize whether metadata and what stages made stand apart from the labels of the stream
     * @param positions whether to tell positions; JSONL only
     */
    public ExportWriter(OutputStream out, Format format, boolean categorize, boolean positions) {
        this.counting = new Counting(requireNonNull(out, "out is null"));
        this.out = new JsonOut(counting);
        this.format = requireNonNull(format, "format is null");
        this.categorize = categorize;
        this.positions = positions && format == Format.JSONL;
    }

    /** Writes rows, and positions between them; a position is never told between rows of one time and stream. */
    public void rows(Iterable<LogRow> all) throws IOException {
        LogRow last = null;
        for (LogRow row : all) {
            if (positions && last != null && counting.bytes - bytesAtPosition >= POSITION_BYTES
                    && (row.time() != last.time() || row.streamHash() != last.streamHash())) {
                position(new ExportPosition(row.time(), row.streamHash()));
            }
            last = row;
            rows++;
            switch (format) {
                case RAW -> out.bytes(row.line()).raw('\n');
                case JSONL -> json(row);
            }
        }
    }

    private void json(LogRow row) throws IOException {
        ResultLabels labels = row.labels();
        out.raw("{\"labels\":");
        ListJson.labels(out, categorize ? labels.stream() : labels.all());
        if (categorize && !labels.metadata().isEmpty()) {
            out.raw(",\"structuredMetadata\":");
            ListJson.labels(out, labels.metadata());
        }
        if (categorize && !labels.parsed().isEmpty()) {
            out.raw(",\"parsed\":");
            ListJson.labels(out, labels.parsed());
        }
        out.raw(",\"line\":").line(row.line(), 0, row.line().length);
        out.raw(",\"timestamp\":\"");
        time(row.time());
        out.raw("\"}\n");
    }

    /** RFC 3339 in UTC with as many digits as needed, as Go writes times in JSON. */
    private void time(long nanos) throws IOException {
        long s = Math.floorDiv(nanos, Durations.SECOND);
        if (s != second) {
            second = s;
            String text = Instant.ofEpochSecond(s).toString();
            secondText = text.substring(0, text.length() - 1);
        }
        out.raw(secondText);
        long fraction = Math.floorMod(nanos, Durations.SECOND);
        if (fraction != 0) {
            out.raw('.');
            long rest = fraction;
            for (long unit = Durations.SECOND / 10; rest != 0; unit /= 10) {
                out.raw((char) ('0' + rest / unit));
                rest %= unit;
            }
        }
        out.raw('Z');
    }

    /** Tells how far the export has come, and sends everything. */
    public void position(ExportPosition at) throws IOException {
        if (positions) {
            out.raw("{\"position\":\"").raw(at.toString()).raw("\"}\n");
        }
        out.flush();
        bytesAtPosition = counting.bytes;
    }

    /** Tells that this was all. */
    public void complete(ExportPosition at) throws IOException {
        if (positions) {
            out.raw("{\"position\":\"").raw(at.toString()).raw("\",\"complete\":true,\"rows\":").number(rows).raw("}\n");
        }
        out.flush();
    }

    /** Tells what went wrong; nothing follows. */
    public void failed(ExportPosition at, int status, String text) throws IOException {
        if (positions) {
            out.raw("{\"position\":\"").raw(at.toString()).raw("\",\"error\":").string(text).raw(",\"status\":").number(status).raw("}\n");
        }
        out.flush();
    }

    /** Rows written. */
    public long rows() {
        return rows;
    }

    /** Bytes sent. */
    public long bytes() {
        return counting.bytes;
    }

    private static final class Counting extends OutputStream {
        private final OutputStream to;
        private long bytes;

        private Counting(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            to.write(b);
            bytes++;
        }

        @Override
        public void write(byte[] b, int from, int length) throws IOException {
            to.write(b, from, length);
            bytes += length;
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }
    }
}
