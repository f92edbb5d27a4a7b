package io.narfi.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.narfi.common.Labels;
import java.io.PrintStream;
import java.time.ZoneId;
import java.util.List;

/** Prints log lines in one of the output modes, batch by batch. */
final class LogPrinter {
    private static final String RESET = "\u001b[0m";
    private static final String TIME_COLOR = "\u001b[34m";
    /** Bright colours that differ from the time's. */
    private static final int[] LABEL_COLORS = {31, 32, 33, 35, 36, 91, 92, 93, 95, 96};

    private final PrintStream out;
    private final PrintStream err;
    private final ClientOptions options;
    private final LabelOptions labels;
    private final ZoneId zone;
    private final JsonStringEncoder encoder = JsonStringEncoder.getInstance();
    private final StringBuilder text = new StringBuilder();
    private Labels lastCommon = Labels.EMPTY;
    private boolean toldFilters;

    LogPrinter(Cli cli, LabelOptions labels) {
        this(cli.console().out(), cli.console().err(), cli.options(), labels, cli.options().zone(cli.console().zone()));
    }

    LogPrinter(PrintStream out, PrintStream err, ClientOptions options, LabelOptions labels, ZoneId zone) {
        this.out = requireNonNull(out, "out is null");
        this.err = requireNonNull(err, "err is null");
        this.options = requireNonNull(options, "options is null");
        this.labels = requireNonNull(labels, "labels is null");
        this.zone = requireNonNull(zone, "zone is null");
    }

    /** Prints entries; labels that all of them share are told once, on standard error, and left out. */
    void batch(List<Entry> entries) {
        Labels common = labels.includeCommon() || labels.noLabels() ? Labels.EMPTY : labels.common(entries);
        tell(common);
        int width = labels.length();
        if (options.output() == OutputMode.DEFAULT && !labels.noLabels() && width == 0) {
            Labels last = null;
            for (Entry entry : entries) {
                if (!entry.labels().equals(last)) {
                    last = entry.labels();
                    width = Math.max(width, labels.shown(last, common).toString().length());
                }
            }
        }
        for (Entry entry : entries) {
            print(entry, common, width);
        }
        flush();
    }

    /** Prints one entry with all its labels. */
    void single(Entry entry) {
        print(entry, Labels.EMPTY, labels.length());
    }

    private void tell(Labels common) {
        if (options.quiet()) {
            return;
        }
        if (!common.equals(lastCommon)) {
            lastCommon = common;
            err.println("Common labels: " + common);
        }
        if (!toldFilters) {
            toldFilters = true;
            if (!labels.exclude().isEmpty()) {
                err.println("Ignoring labels key: " + String.join(",", labels.exclude()));
            }
            if (!labels.include().isEmpty()) {
                err.println("Print only labels key: " + String.join(",", labels.include()));
            }
        }
    }

    private void print(Entry entry, Labels common, int width) {
        text.setLength(0);
        switch (options.output()) {
            case RAW -> text.append(entry.line());
            case JSONL -> json(entry, common);
            case DEFAULT -> columns(entry, common, width);
        }
        // A line may end in a newline of its own, which is no second line.
        if (text.isEmpty() || text.charAt(text.length() - 1) != '\n') {
            text.append('\n');
        }
        out.append(text);
    }

    /** Sends what was printed on. */
    void flush() {
        if (out.checkError()) {
            throw new CliException("standard output is closed");
        }
    }

    private void columns(Entry entry, Labels common, int width) {
        String time = options.timestampFormat().format(entry.time(), zone);
        if (labels.colored()) {
            text.append(TIME_COLOR).append(time).append(RESET);
        } else {
            text.append(time);
        }
        text.append(' ');
        if (!labels.noLabels()) {
            String shown = labels.shown(entry.labels(), common).toString();
            if (labels.colored()) {
                int color = LABEL_COLORS[Math.floorMod(shown.hashCode(), LABEL_COLORS.length)];
                text.append("\u001b[").append(color).append('m').append(shown).append(RESET);
            } else {
                text.append(shown);
            }
            text.repeat(' ', Math.max(0, width - shown.length())).append(' ');
        }
        text.append(entry.line());
    }

    private void json(Entry entry, Labels common) {
        text.append('{');
        if (!labels.noLabels()) {
            text.append("\"labels\":{");
            Labels shown = labels.shown(entry.labels(), common);
            for (int i = 0; i < shown.size(); i++) {
                text.append(i == 0 ? "\"" : ",\"");
                encoder.quoteAsString(shown.name(i), text);
                text.append("\":\"");
                encoder.quoteAsString(shown.value(i), text);
                text.append('"');
            }
            text.append("},");
        }
        text.append("\"line\":\"");
        encoder.quoteAsString(entry.line(), text);
        text.append("\",\"timestamp\":\"").append(Times.rfc3339Nano(entry.time(), zone)).append("\"}");
    }
}
