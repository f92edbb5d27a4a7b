package io.narfi.server;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.narfi.common.Service;
import io.narfi.common.Tenants;
import io.narfi.common.Ulids;
import io.narfi.compactor.Compactor;
import io.narfi.gateway.Gateway;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpServer;
import io.narfi.http.Route;
import io.narfi.http.Router;
import io.narfi.ingester.Ingester;
import io.narfi.ingester.IngesterHost;
import io.narfi.querier.Querier;
import io.narfi.querier.peer.PeerResolver;
import io.narfi.querier.peer.Peers;
import io.narfi.querier.results.ResultCache;
import io.narfi.server.NarfiConfig.Target;
import io.narfi.storage.cache.BlobCache;
import io.narfi.storage.cache.CachedObjects;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.SnapshotReader;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process: the services of its target around one object store, behind one HTTP server. Started in the order of dependence, stopped in the
 * reverse one: first no new requests, then what the services still have is flushed, then the store is closed.
 */
final class NarfiServer {
    private static final Logger LOG = LoggerFactory.getLogger(NarfiServer.class);
    private static final int MANY_SEGMENTS = 10_000;
    private static final long PEER_REFRESH_NANOS = 10_000_000_000L;

    private final NarfiConfig config;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Service> services = new ArrayList<>();
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final Peers writePeers;
    private final Peers readPeers;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable HttpServer http;
    private volatile boolean stopping;
    private boolean stopBegun;

    NarfiServer(NarfiConfig config) {
        this.config = requireNonNull(config, "config is null");
        this.writePeers = peers(config.distributor().peers());
        this.readPeers = peers(config.querier().peers());
    }

    private Peers peers(List<String> addresses) {
        List<String> hosts = addresses.stream().map(ServiceConfigs::hostAndPort).toList();
        return new Peers(PeerResolver.of(hosts), new SelfAddress(this::port), PEER_REFRESH_NANOS, System::nanoTime);
    }

    /** Starts everything; whoever gets an exception calls {@link #stop}. */
    synchronized void start() throws Exception {
        InstantSource clock = InstantSource.system();
        Target target = config.targetKind();
        bindProcessMetrics();
        Path runtimeFile = config.runtimeConfig().file().isEmpty() ? null : Path.of(config.runtimeConfig().file());
        LimitsCheck check = new LimitsCheck(config);
        RuntimeOverrides limits =
                new RuntimeOverrides(config.limitsConfig(), runtimeFile, config.runtimeConfig().period(), check::check, registry);
        startService(limits);
        Tenants tenants = new Tenants(config.authEnabled());
        List<Route> routes = new ArrayList<>();
        if (target == Target.GATEWAY) {
            Gateway gateway = new Gateway(ServiceConfigs.gateway(config), registry);
            routes.addAll(gateway.routes());
            startService(gateway);
        } else {
            ObjectStore store = Stores.open(config, registry);
            resources.add(store);
            String owner = new Ulids(clock).next();
            if (target.has(Target.BACKEND)) {
                Compactor compactor = new Compactor(ServiceConfigs.compactor(config), store, new Retention(limits), owner, clock, registry);
                routes.addAll(compactor.routes(tenants, limits));
                startService(compactor);
            }
            if (target.has(Target.READ)) {
                CachedObjects cache = new CachedObjects(store, ServiceConfigs.cache(config), registry);
                resources.add(cache);
                Catalog catalog = new Catalog(store, owner, clock, registry);
                SnapshotReader snapshots = new SnapshotReader(store, catalog, MANY_SEGMENTS, registry);
                HttpCaller caller = new HttpCaller(ServiceConfigs.peerCalls(config), registry);
                resources.add(caller);
                BlobCache blobs = new BlobCache(ServiceConfigs.results(config), registry);
                resources.add(blobs);
                ResultCache results = new ResultCache(blobs, ServiceConfigs.keptResults(config.queryRange()), limits, clock, registry);
                Querier querier = new Querier(
                        ServiceConfigs.querier(config),
                        tenants,
                        limits,
                        snapshots,
                        cache::reader,
                        results,
                        caller,
                        new SelfAddress(this::port),
                        clock,
                        registry);
                routes.addAll(querier.routes());
                startService(querier);
            }
            if (target.has(Target.WRITE)) {
                String marker = config.ingester().shutdownMarkerPath();
                Path markerFile = Path.of(marker.isEmpty() ? config.common().pathPrefix() : marker, "shutdown-requested.txt");
                IngesterHost host = new IngesterHost(this::writers, markerFile, this::terminate);
                Ingester ingester = new Ingester(ServiceConfigs.ingester(config), store, limits, tenants, clock, host, registry);
                routes.addAll(ingester.routes());
                startService(ingester);
            }
        }
        List<Service> reported = List.copyOf(services);
        routes.addAll(new RingPages(config.target(), this::port, writePeers, readPeers, clock, config.limitsConfig().ingestionRateStrategy()).routes());
        routes.addAll(new OpsRoutes(config, limits, registry, reported, () -> stopping).routes());
        HttpServer server = new HttpServer(ServiceConfigs.http(config), new Router(config.server().httpPathPrefix(), routes), registry);
        http = server;
        startService(server);
        LOG.atInfo().addKeyValue("target", config.target()).addKeyValue("version", BuildInfo.current().version()).log("ready");
    }

    /** Write processes that share tenants' rates: those that are found, or as many as are configured. */
    private int writers() {
        return config.distributor().peers().isEmpty() ? config.distributor().replicas() : writePeers.others().size() + 1;
    }

    /** Ends the process as a signal would, but does not wait for it: whoever asks is being served by it. */
    private void terminate() {
        Thread.ofPlatform().name("terminate").start(this::stop);
    }

    private void startService(Service service) throws Exception {
        services.add(service);
        service.start();
    }

    private void bindProcessMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        JvmGcMetrics gc = new JvmGcMetrics();
        gc.bindTo(registry);
        resources.add(gc);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        BuildInfo b = BuildInfo.current();
        Gauge.builder("loki_build_info", () -> 1)
                .tags("version", b.lokiVersion(), "revision", b.revision(), "narfi_version", b.version())
                .register(registry);
    }

    /** The port that is listened on. */
    int port() {
        HttpServer server = http;
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server.port();
    }

    /** Stops what was started; returns when nothing is left. Safe to call more than once. */
    void stop() {
        stopping = true;
        synchronized (this) {
            if (!stopBegun) {
                stopBegun = true;
                LOG.info("stopping");
                services.reversed().forEach(this::stopService);
                resources.reversed().forEach(this::close);
                LOG.info("stopped");
                stopped.countDown();
            }
        }
    }

    private void stopService(Service service) {
        try {
            service.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.error("stop of {} was interrupted", service.name());
        } catch (Exception e) {
            LOG.error("stop of {} failed", service.name(), e);
        }
    }

    private void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.error("closing {} failed", resource, e);
        }
    }

    void awaitStopped() throws InterruptedException {
        stopped.await();
    }
}
