package io.narfi.ingester;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Limits;
import io.narfi.common.Service;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.common.Ulids;
import io.narfi.http.Handler;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.ingester.decode.BodyReader;
import io.narfi.ingester.decode.PushDecoder;
import io.narfi.ingester.memory.MemoryBudget;
import io.narfi.ingester.otlp.OtlpDecoder;
import io.narfi.ingester.otlp.OtlpRules;
import io.narfi.ingester.validate.PushValidator;
import io.narfi.ingester.write.SegmentGatherer;
import io.narfi.ingester.write.SegmentSettings;
import io.narfi.ingester.write.SegmentUploader;
import io.narfi.ingester.write.Spool;
import io.narfi.ingester.write.SpoolDrainer;
import io.narfi.ingester.write.StoreHealth;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The write service: serves pushes and makes them durable. Every instance writes under a ULID of its own and keeps nothing but the spool,
 * so a killed one is back as soon as it starts, and any number of them run beside each other.
 */
public final class Ingester implements Service {
    private static final Logger LOG = LoggerFactory.getLogger(Ingester.class);
    private static final int NO_CONTENT = 204;

    /** More of a body than its limit is read, so that the reader and not the kit refuses it, with Loki's text. */
    private static final long BODY_SLACK = 1 << 20;

    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(100);
    private static final Duration MAX_BACK_OFF = Duration.ofSeconds(10);
    private static final int MAX_PENDING_SEGMENTS = 256;
    private static final Duration ROOM_TIMEOUT = Duration.ofSeconds(5);

    private final IngesterConfig config;
    private final ObjectStore store;
    private final TenantLimits limits;
    private final Tenants tenants;
    private final MeterRegistry registry;
    private final MemoryBudget memory;
    private final PushDecoder decoder;
    private final OtlpDecoder otlpDecoder;
    private final PushValidator validator;
    private final StoreHealth health;
    private final String writer;
    private final IngesterHost host;
    private final ReentrantLock stopping = new ReentrantLock();
    private boolean stopBegun;

    private volatile State state = State.New;
    private @Nullable Spool spool;
    private @Nullable SpoolDrainer drainer;
    private @Nullable SegmentUploader uploader;
    private volatile @Nullable SegmentGatherer gatherer;

    public Ingester(
            IngesterConfig config,
            ObjectStore store,
            TenantLimits limits,
            Tenants tenants,
            InstantSource clock,
            MeterRegistry registry) {
        this(config, store, limits, tenants, clock, IngesterHost.alone(config.replicas()), registry);
    }

    /** @param host the process around it */
    public Ingester(
            IngesterConfig config,
            ObjectStore store,
            TenantLimits limits,
            Tenants tenants,
            InstantSource clock,
            IngesterHost host,
            MeterRegistry registry) {
        this.config = requireNonNull(config, "config is null");
        this.store = requireNonNull(store, "store is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.tenants = requireNonNull(tenants, "tenants is null");
        this.host = requireNonNull(host, "host is null");
        this.registry = requireNonNull(registry, "registry is null");
        this.memory = new MemoryBudget(config.memoryBudget(), config.memoryBudget() / 2, registry);
        BodyReader bodies = new BodyReader(
                config.maxRecvMsgSize() == 0 ? Long.MAX_VALUE : config.maxRecvMsgSize(),
                config.maxDecompressedSize() == 0 ? Long.MAX_VALUE : config.maxDecompressedSize());
        this.decoder = new PushDecoder(bodies);
        this.otlpDecoder = new OtlpDecoder(bodies, limits, config.otlpLabels(), clock);
        this.validator = new PushValidator(
                limits,
                clock,
                System::nanoTime,
                host.writers(),
                config.streamIdle(),
                config.maxActiveStreams(),
                config.maxReturnedStreamErrors(),
                registry);
        this.health = new StoreHealth(registry);
        this.writer = new Ulids(clock).next();
    }

    /**
     * Refuses limits that a push could not be served with.
     *
     * @throws IllegalArgumentException if a selector, a time or a regular expression does not parse
     */
    public static void checkLimits(Limits limits) {
        PushValidator.checkLimits(limits);
        OtlpRules _ = new OtlpRules(limits, List.of());
    }

    @Override
    public String name() {
        return "ingester";
    }

    @Override
    public State state() {
        return state;
    }

    /** The ULID under which this instance writes segments. */
    public String writer() {
        return writer;
    }

    /** Opens the spool and takes pushes. */
    @Override
    public void start() throws IOException {
        state = State.Starting;
        try {
            SegmentSettings settings = new SegmentSettings(
                    config.segmentTargetSize(),
                    config.segmentTargetSize() + config.segmentTargetSize() / 3,
                    config.linger(),
                    Math.max(config.maxPendingBytes(), 2 * config.segmentTargetSize()),
                    MAX_PENDING_SEGMENTS,
                    ROOM_TIMEOUT,
                    config.encoders(),
                    config.uploads(),
                    config.spoolAfter(),
                    FIRST_BACK_OFF,
                    MAX_BACK_OFF);
            if (!config.spoolDirectory().isEmpty()) {
                Spool opened = Spool.open(Path.of(config.spoolDirectory()), config.spoolSize(), registry);
                spool = opened;
                drainer = new SpoolDrainer(opened, store, health, FIRST_BACK_OFF, MAX_BACK_OFF, registry);
                drainer.start();
            }
            uploader = new SegmentUploader(store, spool, health, settings, registry);
            SegmentGatherer started = new SegmentGatherer(writer, settings, uploader, registry);
            started.start();
            gatherer = started;
            state = State.Running;
            LOG.info("writing segments as {}", writer);
        } catch (IOException | RuntimeException e) {
            state = State.Failed;
            throw e;
        }
    }

    /** Refuses new pushes, stores or spools what was accepted, and ends. */
    @Override
    public void stop() throws IOException, InterruptedException {
        // A stop of the process that comes while a request shuts the service down waits for it.
        stopping.lockInterruptibly();
        try {
            if (!stopBegun) {
                stopBegun = true;
                end();
            }
        } finally {
            stopping.unlock();
        }
    }

    private void end() throws IOException, InterruptedException {
        state = State.Stopping;
        SegmentGatherer running = gatherer;
        if (running != null && !running.stop(config.stopTimeout())) {
            LOG.error("{} segments were not durable when the time to stop was over; their pushes were not acknowledged", running.pendingSegments());
        }
        if (uploader != null) {
            uploader.close();
        }
        if (drainer != null) {
            drainer.stop();
        }
        if (spool != null) {
            spool.close();
        }
        state = State.Terminated;
    }

    /** What this service serves; the routes answer 503 until it has started. */
    public List<Route> routes() {
        long body = config.maxRecvMsgSize() == 0 ? Long.MAX_VALUE : config.maxRecvMsgSize() + BODY_SLACK;
        List<Route> routes = new ArrayList<>(new ShutdownRoutes(this, tenants, host).routes());
        routes.addAll(List.of(
                Route.post("/loki/api/v1/push", push(PushDecoder.Form.V1)).maxBodyBytes(body),
                Route.post("/api/prom/push", push(PushDecoder.Form.LEGACY)).maxBodyBytes(body),
                Route.post("/otlp/v1/logs", this::otlp).maxBodyBytes(body),
                Route.of(Set.of("GET", "POST"), "/flush", this::flush)));
        return routes;
    }

    private Handler push(PushDecoder.Form form) {
        return (request, response) -> handler("loki", (r, _, lease) ->
                        decoder.decode(form, r.header("Content-Type"), r.header("Content-Encoding"), r.body(), r.contentLength(), lease))
                .handle(request, response);
    }

    private void otlp(Request request, Response response) throws IOException, InterruptedException {
        PushHandler handler = handler("otlp", (r, tenant, lease) -> otlpDecoder.decode(
                tenant, r.header("Content-Type"), r.header("Content-Encoding"), r.body(), r.contentLength(), lease));
        new OtlpHandler(handler).handle(request, response);
    }

    private PushHandler handler(String format, PushHandler.Decoder body) {
        return new PushHandler(format, body, tenants, limits, validator, memory, running());
    }

    private SegmentGatherer running() {
        SegmentGatherer running = gatherer;
        if (running == null) {
            throw new ApiException(503, "the write service has not started yet");
        }
        return running;
    }

    private void flush(Request request, Response response) throws IOException, InterruptedException {
        List<String> _ = tenants.all(request.header(Tenants.HEADER));
        if (!running().flush(config.stopTimeout())) {
            throw new ApiException(500, "not everything was stored within " + config.stopTimeout());
        }
        response.status(NO_CONTENT).send(new byte[0]);
    }
}
