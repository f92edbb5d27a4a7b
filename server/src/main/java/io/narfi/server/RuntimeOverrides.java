package io.narfi.server;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.Limits;
import io.narfi.common.Service;
import io.narfi.common.TenantLimits;
import io.narfi.common.config.ConfigException;
import io.narfi.common.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Limits per tenant from {@code runtime_config.file}, read again when its text changes. A file that cannot be used leaves the limits that
 * were in force; that is logged once per text and shows in {@code narfi_runtime_config_last_reload_successful}.
 */
final class RuntimeOverrides implements TenantLimits, Service {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeOverrides.class);
    private static final long MAX_FILE_SIZE = 64 << 20;

    private final Limits base;
    private final @Nullable Path file;
    private final long periodNanos;
    private final Consumer<Limits> check;
    private final Counter failures;
    private volatile Map<String, Limits> overrides = Map.of();
    private volatile boolean lastReloadGood = true;
    private volatile State state = State.New;
    private @Nullable String lastText;
    private @Nullable Thread reloader;

    /**
     * @param file null for no overrides
     * @param check throws a {@link ConfigException} for limits that must not be used
     */
    RuntimeOverrides(Limits base, @Nullable Path file, long periodNanos, Consumer<Limits> check, MeterRegistry registry) {
        this.base = requireNonNull(base, "base is null");
        this.file = file;
        this.periodNanos = Math.max(periodNanos, 1_000_000);
        this.check = requireNonNull(check, "check is null");
        this.failures = registry.counter("narfi_runtime_config_reload_failures_total");
        Gauge.builder("narfi_runtime_config_last_reload_successful", () -> lastReloadGood ? 1 : 0).register(registry);
    }

    @Override
    public Limits forTenant(String tenant) {
        return overrides.getOrDefault(tenant, base);
    }

    @Override
    public String name() {
        return "runtime-config";
    }

    @Override
    public State state() {
        return state;
    }

    /** Refuses to start with a file that cannot be used. */
    @Override
    public void start() throws IOException {
        if (file != null) {
            String text = read(file);
            overrides = parse(file.toString(), text);
            lastText = text;
            reloader = Thread.ofVirtual().name("runtime-config").start(this::run);
        }
        state = State.Running;
    }

    private void run() {
        while (state != State.Stopping && state != State.Terminated) {
            LockSupport.parkNanos(periodNanos);
            if (Thread.interrupted()) {
                return;
            }
            reload();
        }
    }

    /** Reads the file if its text has changed. */
    synchronized void reload() {
        Path path = file;
        if (path == null) {
            return;
        }
        try {
            String text = read(path);
            if (text.equals(lastText)) {
                return;
            }
            lastText = text;
            overrides = parse(path.toString(), text);
            lastReloadGood = true;
            LOG.atInfo().addKeyValue("file", path).addKeyValue("tenants", overrides.size()).log("runtime configuration read");
        } catch (IOException | ConfigException e) {
            lastReloadGood = false;
            failures.increment();
            LOG.atError().addKeyValue("file", path).setCause(e).log("runtime configuration not usable, the limits stay as they were");
        }
    }

    private static String read(Path path) throws IOException {
        if (Files.size(path) > MAX_FILE_SIZE) {
            throw new IOException(path + " is larger than " + MAX_FILE_SIZE + " bytes");
        }
        return Files.readString(path);
    }

    /** {@code overrides: {<tenant>: {<limit>: …}}}; other top-level keys of Loki's file are left alone. */
    private Map<String, Limits> parse(String name, String text) {
        Object root;
        try {
            root = new Load(LoadSettings.builder().setLabel(name).build()).loadFromString(text);
        } catch (RuntimeException e) {
            throw new ConfigException(name + ": " + e.getMessage(), e);
        }
        if (root == null) {
            return Map.of();
        }
        if (!(root instanceof Map<?, ?> map)) {
            throw new ConfigException(name + ": expected keys and values");
        }
        Object all = map.get("overrides");
        if (all == null) {
            return Map.of();
        }
        if (!(all instanceof Map<?, ?> tenants)) {
            throw new ConfigException(name + ": overrides: expected tenants");
        }
        Map<String, Limits> out = new HashMap<>();
        Dump dump = new Dump(DumpSettings.builder().build());
        for (Map.Entry<?, ?> e : tenants.entrySet()) {
            String tenant = String.valueOf(e.getKey());
            ConfigReader reader = new ConfigReader(
                    name + ": overrides." + tenant, (path, where) -> LokiOnlyKeys.reason("limits_config." + path) != null);
            Limits limits = e.getValue() == null ? base : reader.read(dump.dumpToString(e.getValue()), base).over(base);
            try {
                check.accept(limits);
            } catch (ConfigException bad) {
                throw new ConfigException(name + ": overrides." + tenant + ": " + bad.getMessage(), bad);
            }
            out.put(tenant, limits);
        }
        return Map.copyOf(out);
    }

    @Override
    public void stop() throws InterruptedException {
        state = State.Stopping;
        Thread t = reloader;
        if (t != null) {
            t.interrupt();
            t.join();
        }
        state = State.Terminated;
    }

    List<String> tenants() {
        return List.copyOf(overrides.keySet());
    }
}
