package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where an export goes, and how far it is. A file has another beside it, {@code FILE.position}, that tells its length at a position:
 * whatever the process dies of, the next one cuts the file there and goes on, so that each line is in it once.
 */
abstract class ExportSink implements AutoCloseable {
    private static final long POSITION_EVERY_BYTES = 16 << 20;

    private final RangeOptions.Range range;
    private @Nullable String position;
    private long lines;

    private ExportSink(RangeOptions.Range range, @Nullable String position) {
        this.range = requireNonNull(range, "range is null");
        this.position = position;
    }

    /** Standard output. */
    static ExportSink to(PrintStream out, @Nullable String position, RangeOptions.Range range) {
        return new ToStream(out, position, range);
    }

    /**
     * A file.
     *
     * @param what the query and the form of lines; a file of another export is left alone
     */
    static ExportSink to(Path file, String what, RangeOptions.Range range) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".position");
        if (Files.exists(beside)) {
            Map<String, @Nullable Object> kept = Json.object(Json.read(Files.readString(beside)));
            if (!Json.text(kept.get("export")).equals(what)) {
                throw new CliException(beside + " is of another export: " + Json.text(kept.get("export")));
            }
            if (Boolean.TRUE.equals(kept.get("complete"))) {
                throw new CliException(file + " is complete; remove it and " + beside + " to export again");
            }
            // The range of the first run: "now" has moved on since.
            RangeOptions.Range first = new RangeOptions.Range(number(kept, "start"), number(kept, "end"));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            channel.truncate(number(kept, "bytes"));
            channel.position(number(kept, "bytes"));
            String position = Json.text(kept.get("position"));
            return new ToFile(channel, beside, what, position.isEmpty() ? null : position, first);
        }
        if (Files.exists(file)) {
            throw new CliException(file + " exists, and " + beside + " does not tell how far it is");
        }
        ToFile sink = new ToFile(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), beside, what, null, range);
        sink.keep(false);
        return sink;
    }

    private static long number(Map<String, @Nullable Object> kept, String name) {
        return Long.parseLong(Json.text(kept.get(name)));
    }

    /** The range of the export. */
    final RangeOptions.Range range() {
        return range;
    }

    /** Where to go on, or null for the start. */
    final @Nullable String position() {
        return position;
    }

    /** How many lines were written. */
    final long lines() {
        return lines;
    }

    /** Takes the lines up to a position. */
    final void accept(ByteArrayOutputStream text, long count, String at, boolean complete) throws IOException {
        write(text);
        position = at;
        lines += count;
        written(complete);
    }

    abstract void write(ByteArrayOutputStream text) throws IOException;

    abstract void written(boolean complete) throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static final class ToStream extends ExportSink {
        private final PrintStream out;

        private ToStream(PrintStream out, @Nullable String position, RangeOptions.Range range) {
            super(range, position);
            this.out = out;
        }

        @Override
        void write(ByteArrayOutputStream text) throws IOException {
            text.writeTo(out);
        }

        @Override
        void written(boolean complete) {
            if (out.checkError()) {
                throw new CliException("standard output is closed");
            }
        }

        @Override
        public void close() {
            out.flush();
        }
    }

    private static final class ToFile extends ExportSink {
        private final FileChannel channel;
        private final OutputStream out;
        private final Path beside;
        private final String what;
        private long kept;

        private ToFile(FileChannel channel, Path beside, String what, @Nullable String position, RangeOptions.Range range) throws IOException {
            super(range, position);
            this.channel = channel;
            this.out = Channels.newOutputStream(channel);
            this.beside = beside;
            this.what = what;
            this.kept = channel.position();
        }

        @Override
        void write(ByteArrayOutputStream text) throws IOException {
            text.writeTo(out);
        }

        @Override
        void written(boolean complete) throws IOException {
            if (complete || channel.position() - kept >= POSITION_EVERY_BYTES) {
                keep(complete);
            }
        }

        /** First the lines are on the disk, then the word of them. */
        private void keep(boolean complete) throws IOException {
            channel.force(false);
            Map<String, Object> document = new TreeMap<>();
            document.put("export", what);
            document.put("start", range().start());
            document.put("end", range().end());
            document.put("bytes", channel.position());
            document.put("complete", complete);
            String at = position();
            document.put("position", at == null ? "" : at);
            Path fresh = beside.resolveSibling(beside.getFileName() + ".new");
            try (FileChannel next = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer text = java.nio.charset.StandardCharsets.UTF_8.encode(Json.compact(document) + "\n");
                while (text.hasRemaining()) {
                    int _ = next.write(text);
                }
                next.force(false);
            }
            Files.move(fresh, beside, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            kept = channel.position();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
