package io.narfi.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code query}: a query over a range. */
@Command(
        name = "query",
        sortOptions = false,
        abbreviateSynopsis = true,
        usageHelpAutoWidth = true,
        description = {
            "Run a LogQL query over a range of time. Lines are printed newest first unless --forward is given; vectors and matrices as JSON.",
            "",
            "  narfi query '{app=\"shop\"} |= \"error\"' --since=2h --limit=100",
            "  narfi query 'sum by (level) (rate({app=\"shop\"}[5m]))' --step=1m",
            ""
        })
final class QueryCommand extends ClientCommand {
    static final String PATH = "/loki/api/v1/query_range";

    @Parameters(paramLabel = "QUERY", description = "The query, LogQL.")
    private String query = "";

    @Option(names = "--limit", paramLabel = "N", description = "Lines to print at most; 0 for all (default: 30).")
    private long limit = 30;

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Option(names = "--step", paramLabel = "DURATION", converter = DurationConverter.class, description = "Step of a metric query (default: a 250th of the range).")
    private @Nullable Long step;

    @Option(names = "--interval", paramLabel = "DURATION", converter = DurationConverter.class, description = "Leave out lines nearer than this to the one before.")
    private @Nullable Long interval;

    @Option(names = "--batch", paramLabel = "N", description = "Lines to fetch at a time until the limit is reached (default: 1000).")
    private int batch = 1000;

    @Option(names = "--forward", description = "Oldest lines first.")
    private boolean forward;

    @Option(names = {"-t", "--tail", "-f", "--follow"}, description = "Print new lines as they come, as the command tail does.")
    private boolean tail;

    @Option(names = "--delay-for", paramLabel = "SECONDS", description = "With --tail: hold lines back so long, up to 5, to put late ones in order.")
    private int delayFor;

    @Mixin
    private LabelOptions labels = new LabelOptions();

    @Override
    void run(ApiClient api) {
        if (limit < 0) {
            throw wrong("--limit must not be negative");
        }
        if (batch < 1) {
            throw wrong("--batch must be at least 1");
        }
        LogPrinter printer = new LogPrinter(cli(), labels);
        if (tail) {
            Long from = range.hasStart() ? range.range(cli()).start() : null;
            new Tail(api, console(), query, from, limit == 0 ? 30 : Math.toIntExact(limit), delayFor, printer, cli().options()).run();
            return;
        }
        RangeOptions.Range over = range.range(cli());
        if (interval != null && interval > 0) {
            spaced(api, over, printer);
            return;
        }
        QueryAnswer metric = new LogBatches((start, end, ask) -> fetch(api, start, end, ask), over, forward, batch, printer::batch).run(limit);
        if (metric != null) {
            printMetric(metric);
        }
    }

    /** What is left out depends on the lines before, so that batches of one query would not fit together: one request it is. */
    private void spaced(ApiClient api, RangeOptions.Range over, LogPrinter printer) {
        QueryAnswer answer = fetch(api, over.start(), over.end(), limit == 0 ? batch : Math.toIntExact(Math.min(limit, Integer.MAX_VALUE)));
        if (answer.isStreams()) {
            printer.batch(LogBatches.ordered(Entry.ofStreams(answer.result()), forward));
        } else {
            printMetric(answer);
        }
    }

    private QueryAnswer fetch(ApiClient api, long start, long end, int ask) {
        Params params = new Params().add("query", query);
        new RangeOptions.Range(start, end).addTo(params).add("limit", ask).add("direction", forward ? "forward" : "backward");
        params.addIf("step", seconds(step)).addIf("interval", seconds(interval));
        QueryAnswer answer = QueryAnswer.of(api.json(PATH, params));
        tell(answer);
        return answer;
    }

    static @Nullable String seconds(@Nullable Long nanos) {
        return nanos == null ? null : java.math.BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
    }
}
