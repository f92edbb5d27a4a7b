package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.http.Handler;
import io.narfi.http.Params;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.querier.coordinate.ExportBatch;
import io.narfi.querier.coordinate.ExportPosition;
import io.narfi.querier.coordinate.ExportQueries;
import io.narfi.querier.coordinate.QueryLimits;
import io.narfi.querier.json.ExportWriter;
import io.narfi.querier.json.ExportWriter.Format;
import io.narfi.querier.log.LogRow;
import io.narfi.querier.params.QueryParams;
import io.narfi.querier.params.TimeRange;
import io.narfi.storage.ScanRequest.Direction;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /narfi/api/v1/export}: every line of a query in the order of time, without a limit (docs/export.md). */
final class ExportHandler implements Handler {
    private static final Logger LOG = LoggerFactory.getLogger(ExportHandler.class);
    private static final String FLAGS = "X-Loki-Response-Encoding-Flags";
    private static final int FIRST_LIMIT = 1000;
    private static final int LEAST_LIMIT = 16;
    private static final int GREATEST_LIMIT = 100_000;
    /** What the rows of a piece should hold; few of a query's bytes, since a slow client holds them for long. */
    private static final long PIECE_BYTES = 8 << 20;
    /** A piece ends after so long with the slice that is worked on, so that clients and proxies hear something now and then. */
    private static final long PIECE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Set<Integer> WORTH_A_SMALLER_PIECE = Set.of(400, 503, 504);

    private final QuerySupport support;
    private final ExportQueries exports;

    ExportHandler(QuerySupport support, ExportQueries exports) {
        this.support = requireNonNull(support, "support is null");
        this.exports = requireNonNull(exports, "exports is null");
    }

    Route route() {
        return Route.getOrPost("/narfi/api/v1/export", support.measured("export", this)).bare();
    }

    @Override
    public void handle(Request request, Response response) throws Exception {
        Asker asker = support.asker(request);
        if (asker.tenants().size() > 1) {
            throw ApiException.badRequest("multiple org IDs present");
        }
        Params params = request.params();
        String query = params.getOrEmpty("query");
        if (!(LogQl.parse(query) instanceof LogExpr log)) {
            throw ApiException.badRequest("only log queries can be exported");
        }
        Format format = format(params.getOrEmpty("format"));
        if (!params.getOrEmpty("direction").isEmpty() && !params.getOrEmpty("direction").equalsIgnoreCase("forward")) {
            throw ApiException.badRequest("an export has no direction but forward");
        }
        long now = support.now();
        TimeRange asked = TimeRange.read(params, now).ordered();
        QueryLimits limits = new QueryLimits(asker.limits());
        limits.check(log, new QueryParams(query, asked.start(), asked.end(), 0, 0, 1, Direction.FORWARD), asker.tags().pairs());
        var _ = Pipeline.compile(log.stages());
        TimeRange range = limits.lookBack(asked, now);
        boolean nothing = range == null || (!asker.isDrilldown() && QueryHandlers.isInternal(log.selector()));
        long end = range == null ? asked.end() : range.end();
        ExportPosition start = new ExportPosition(range == null || nothing ? end : range.start(), 0);
        String given = params.getOrEmpty("position");
        if (!given.isEmpty() && !nothing) {
            ExportPosition position = ExportPosition.parse(given);
            if (position.time() < asked.start() || position.time() > end) {
                throw ApiException.badRequest("the position lies outside of the range: " + given);
            }
            start = position.time() < start.time() ? start : position;
        }
        boolean categorize = List.of(String.valueOf(request.header(FLAGS)).split(",", -1)).contains("categorize-labels");
        new Run(asker, query, start, end, format, categorize, params.getOrEmpty("positions").equals("true"), response).run();
    }

    private static Format format(String text) {
        return switch (text) {
            case "", "jsonl" -> Format.JSONL;
            case "raw" -> Format.RAW;
            default -> throw ApiException.badRequest("unknown format of an export, jsonl and raw are known: " + text);
        };
    }

    /** One export. */
    private final class Run {
        private final Asker asker;
        private final String query;
        private final long end;
        private final Format format;
        private final boolean categorize;
        private final boolean positions;
        private final Response response;
        private ExportPosition at;
        private int limit = FIRST_LIMIT;
        /** The last piece gave nothing because the rows of one stream and time were more than the limit. */
        private boolean growing;
        private @Nullable ExportWriter writer;

        private Run(
                Asker asker, String query, ExportPosition start, long end, Format format, boolean categorize, boolean positions, Response response) {
            this.asker = asker;
            this.query = query;
            this.at = start;
            this.end = end;
            this.format = format;
            this.categorize = categorize;
            this.positions = positions;
            this.response = response;
        }

        void run() throws Exception {
            boolean complete = false;
            try {
                while (at.time() < end) {
                    piece();
                }
                writer().complete(at);
                complete = true;
            } catch (ApiException e) {
                if (!told(e.status(), e.text())) {
                    throw e;
                }
            } catch (ObjectStoreException e) {
                if (!told(500, "the object store failed: " + e.getMessage())) {
                    throw e;
                }
                LOG.warn("the object store failed an export position={}", at, e);
            } finally {
                ExportWriter w = writer;
                if (w != null) {
                    support.exported(w.rows(), w.bytes());
                    LOG.info("exported tenants={} lines={} bytes={} complete={} position={} query={}",
                            asker.tenants(), w.rows(), w.bytes(), complete, at, query);
                }
            }
        }

        private void piece() throws Exception {
            try {
                support.piece(asker, context -> exports.next(query, at, end, limit, PIECE_NANOS, context), this::take);
            } catch (ApiException e) {
                // Longer lines than before, or few among very many: fewer at a time may do.
                if (growing || limit <= LEAST_LIMIT || !WORTH_A_SMALLER_PIECE.contains(e.status())) {
                    throw e;
                }
                limit = Math.max(LEAST_LIMIT, limit / 8);
            }
        }

        private void take(ExportBatch batch) throws IOException {
            if (batch.next().equals(at)) {
                // One stream has more rows of one time; they come as a whole or, past the memory of a query, not at all.
                growing = true;
                limit = Math.min(2 * limit, Integer.MAX_VALUE / 2);
                return;
            }
            growing = false;
            writer().rows(batch.rows());
            at = batch.next();
            writer().position(at);
            long held = 0;
            for (LogRow row : batch.rows()) {
                held += row.memory();
            }
            long fit = batch.rows().isEmpty() ? limit : PIECE_BYTES / Math.max(1, held / batch.rows().size());
            limit = Math.clamp(Math.min(fit, 4L * limit), LEAST_LIMIT, GREATEST_LIMIT);
        }

        /** The headers are sent with the first piece, so that what fails before it is an answer of its own. */
        private ExportWriter writer() throws IOException {
            ExportWriter w = writer;
            if (w == null) {
                response.header("Content-Type", format == Format.RAW ? "text/plain; charset=utf-8" : "application/x-ndjson; charset=utf-8");
                w = new ExportWriter(response.stream(), format, categorize, positions);
                writer = w;
            }
            return w;
        }

        /**
         * Tells what went wrong in the answer, where that is possible: it then ends in good order, since many clients show nothing of what
         * came just before a connection is cut. Else the cut is all that a client sees.
         */
        private boolean told(int status, String text) throws IOException {
            ExportWriter w = writer;
            if (w == null || !positions || format != Format.JSONL) {
                return false;
            }
            w.failed(at, status, text);
            return true;
        }
    }
}
