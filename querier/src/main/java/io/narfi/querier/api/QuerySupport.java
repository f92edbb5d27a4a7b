package io.narfi.querier.api;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Limits;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Handler;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.querier.QuerierConfig.Endpoints;
import io.narfi.querier.json.JsonOut;
import io.narfi.querier.json.PromProtobuf;
import io.narfi.querier.params.QueryTags;
import io.narfi.querier.params.RequestLimits;
import io.narfi.querier.params.StrictestLimits;
import io.narfi.querier.run.Admission;
import io.narfi.querier.run.Admission.Admitted;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.stats.QueryStats;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all query handlers share: the tenant, the clock, admission, metrics, and how failures become answers. */
final class QuerySupport {
    static final String JSON = "application/json; charset=UTF-8";
    private static final Logger LOG = LoggerFactory.getLogger(QuerySupport.class);
    private static final int CLIENT_GONE = 499;
    private static final String PARQUET = "application/vnd.apache.parquet";

    private final Tenants tenants;
    private final TenantLimits limits;
    private final Admission admission;
    private final Endpoints endpoints;
    private final InstantSource clock;
    private final QueryMetrics metrics;

    QuerySupport(
            Tenants tenants, TenantLimits limits, Admission admission, Endpoints endpoints, InstantSource clock, MeterRegistry registry) {
        this.endpoints = requireNonNull(endpoints, "endpoints is null");
        this.tenants = requireNonNull(tenants, "tenants is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.admission = requireNonNull(admission, "admission is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.metrics = new QueryMetrics(registry);
    }

    /** The clock in nanoseconds since the epoch. */
    long now() {
        Instant t = clock.instant();
        return t.getEpochSecond() * 1_000_000_000L + t.getNano();
    }

    /**
     * The tenant of a request that has to be one's; several at once are Loki's inner error while {@code multi_tenant_queries_enabled} is
     * off.
     */
    String tenant(Request request) {
        List<String> all = tenants.all(request.header(Tenants.HEADER));
        if (all.size() > 1) {
            throw new ApiException(endpoints.multiTenantQueries() ? 400 : 500, "multiple org IDs present");
        }
        return all.getFirst();
    }

    /** Who asks, with all that the request's headers say of it. */
    Asker asker(Request request) {
        List<String> all = tenants.all(request.header(Tenants.HEADER));
        if (all.size() > 1 && !endpoints.multiTenantQueries()) {
            throw new ApiException(500, "multiple org IDs present");
        }
        if (PARQUET.equals(request.header("Accept"))) {
            throw ApiException.badRequest(
                    "support for Parquet encoded responses is disabled. Enable with -frontend.support-parquet-encoding=true");
        }
        RequestLimits narrowed = endpoints.perRequestLimits()
                ? RequestLimits.parse(request.header(RequestLimits.HEADER), request.header(RequestLimits.CONTEXT_HEADER))
                : RequestLimits.NONE;
        Limits of = narrowed.narrow(StrictestLimits.of(all.stream().map(limits::forTenant).toList()));
        boolean cached = !"no-cache".equalsIgnoreCase(request.header("Cache-Control"));
        return new Asker(all, of, narrowed, QueryTags.parse(request.header(QueryTags.HEADER)), cached);
    }

    /** Whether the client wants an answer in protobuf. */
    static boolean wantsProtobuf(Request request) {
        return PromProtobuf.CONTENT_TYPE.equals(request.header("Accept"));
    }

    /** Refuses a client that wants protobuf where only JSON is to be had. */
    static void onlyJson(Request request) {
        if (wantsProtobuf(request)) {
            throw new ApiException(406, "responses in protobuf are supported for metric queries only");
        }
    }

    Limits limits(String tenant) {
        return limits.forTenant(tenant);
    }

    /** Work that needs a place among the running queries. */
    @FunctionalInterface
    interface Work<T> {
        T run(QueryContext context) throws Exception;
    }

    /** Writes an answer. */
    @FunctionalInterface
    interface Writer<T> {
        void write(JsonOut out, T answer, Admitted query) throws IOException;
    }

    /** Writes an answer that needs no work. */
    @FunctionalInterface
    interface PlainWriter {
        void write(JsonOut out) throws IOException;
    }

    void write(Response response, PlainWriter writer) throws IOException {
        response.header("Content-Type", JSON);
        try (OutputStream body = response.stream()) {
            JsonOut out = new JsonOut(body);
            writer.write(out);
            out.flush();
        }
    }

    /**
     * Waits for a place, works, gives the place back, and writes the answer. If an object of the snapshot was gone, which only a query that
     * is slower than the grace period sees, the work is done once more with a new snapshot.
     */
    <T> void answer(String tenant, Response response, Work<T> work, Writer<T> writer) throws Exception {
        try (Admitted query = admission.admit(tenant)) {
            T answer = work(query, work);
            write(response, out -> writer.write(out, answer, query));
        }
    }

    /**
     * The same for a request whose line the log gets.
     *
     * @param amounts what the answer amounts to
     */
    <T> void answer(Asker asker, QueryLine line, Response response, Work<T> work, Amounts<T> amounts, BodyWriter<T> writer) throws Exception {
        long arrival = System.nanoTime();
        try (Admitted query = admission.admit(asker.tenants(), asker.limits(), asker.cached())) {
            try {
                T answer = work(query, work);
                QueryStats stats = amounts.of(answer, query);
                line.write(asker, 200, stats);
                if (endpoints.serverTiming()) {
                    response.header("Server-Timing", "querier_wall_time;dur=" + millis(stats.scan().execNanos) + ", response_time;dur="
                            + millis(System.nanoTime() - arrival));
                }
                writer.write(answer, stats);
            } catch (ApiException | InterruptedException e) {
                if (!response.started()) {
                    line.write(asker, QueryLine.status(e), failed(query));
                }
                throw e;
            }
        }
    }

    /** Takes what a piece of work gave. */
    @FunctionalInterface
    interface Taker<T> {
        void take(T answer) throws IOException;
    }

    /** A piece of a longer request: waits for a place, works, gives the place back, and hands on, while the memory stays counted. */
    <T> void piece(Asker asker, Work<T> work, Taker<T> taker) throws Exception {
        try (Admitted query = admission.admit(asker.tenants(), asker.limits(), asker.cached())) {
            taker.take(work(query, work));
        }
    }

    /** Counts what an export gave. */
    void exported(long rows, long bytes) {
        metrics.exported(rows, bytes);
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / (double) Durations.MILLISECOND);
    }

    private static QueryStats failed(Admitted query) {
        return new QueryStats(query.context().stats(), query.execNanos(), query.queueNanos(), 0, 0, 0);
    }

    /** What an answer amounts to, for its stats and the log. */
    @FunctionalInterface
    interface Amounts<T> {
        QueryStats of(T answer, Admitted query);
    }

    /** Writes the body of an answer, and the headers that go with it. */
    @FunctionalInterface
    interface BodyWriter<T> {
        void write(T answer, QueryStats stats) throws IOException;
    }

    private <T> T work(Admitted query, Work<T> work) throws Exception {
        try {
            return work.run(query.context());
        } catch (ObjectNotFoundException e) {
            LOG.info("an object was gone, trying again with a new snapshot key={}", e.key());
            return work.run(query.context());
        } finally {
            query.endWork();
            metrics.scanned(query.context().stats());
        }
    }

    /** The handler with its time and its outcome counted, and failures of the store as answers. */
    Handler measured(String kind, Handler handler) {
        return (request, response) -> {
            long start = System.nanoTime();
            int status = 200;
            try {
                handler.handle(request, response);
            } catch (ApiException e) {
                status = e.status();
                throw e;
            } catch (InterruptedException e) {
                status = CLIENT_GONE;
                throw e;
            } catch (ObjectStoreException e) {
                status = 500;
                LOG.warn("the object store failed a query request={}", request.id(), e);
                throw new ApiException(500, "the object store failed: " + e.getMessage(), e);
            } catch (Exception e) {
                status = request.cancelled() ? CLIENT_GONE : 500;
                throw e;
            } finally {
                metrics.ended(kind, status, System.nanoTime() - start);
            }
        };
    }
}
