package io.narfi.ingester;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.GoText;
import io.narfi.common.Service;
import io.narfi.common.Tenants;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What scripts that scale a write service down call (contract/http-api.md §15). A row is durable when its push is answered, so there is
 * nothing to hand over: a shutdown refuses new pushes, stores what waits, and ends the process. The marker of a prepared shutdown only
 * remembers that one was asked for, as every stop flushes.
 */
final class ShutdownRoutes {
    private static final int NO_CONTENT = 204;
    private static final byte[] NOTHING = {};

    private final Ingester ingester;
    private final Tenants tenants;
    private final IngesterHost host;
    private final AtomicBoolean begun = new AtomicBoolean();

    ShutdownRoutes(Ingester ingester, Tenants tenants, IngesterHost host) {
        this.ingester = requireNonNull(ingester, "ingester is null");
        this.tenants = requireNonNull(tenants, "tenants is null");
        this.host = requireNonNull(host, "host is null");
    }

    List<Route> routes() {
        return List.of(
                Route.getOrPost("/ingester/shutdown", this::shutdown),
                Route.of(Set.of("GET", "POST", "DELETE"), "/ingester/prepare_shutdown", this::prepare),
                Route.any("/ingester/prepare_partition_downscale", this::partitionDownscale));
    }

    private void authenticate(Request request) {
        List<String> _ = tenants.all(request.header(Tenants.HEADER));
    }

    private void shutdown(Request request, Response response) throws IOException, InterruptedException {
        authenticate(request);
        // Both are read to refuse nonsense: rows are always stored, and there are no tokens.
        boolean _ = flag(request, "flush", true);
        boolean _ = flag(request, "delete_ring_tokens", false);
        boolean terminate = flag(request, "terminate", true);
        if (ingester.state() != Service.State.Running || !begun.compareAndSet(false, true)) {
            throw new ApiException(503, "Ingester is stopping or already stopped.");
        }
        try {
            ingester.stop();
            response.status(NO_CONTENT).send(NOTHING);
        } finally {
            // Also if something could not be stored: it is not acknowledged, and the process cannot go on.
            if (terminate) {
                host.terminate().run();
            }
        }
    }

    private static boolean flag(Request request, String name, boolean otherwise) {
        String value = request.params().getOrEmpty(name);
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "" -> otherwise;
            case "1", "t", "true" -> true;
            case "0", "f", "false" -> false;
            default -> throw ApiException.badRequest("parameter " + name + " must be true or false: " + GoText.quote(value));
        };
    }

    private void prepare(Request request, Response response) throws IOException {
        authenticate(request);
        Path marker = host.shutdownMarker();
        if (marker == null) {
            throw new ApiException(500, "no path for the marker of a shutdown is configured (ingester.shutdown_marker_path)");
        }
        switch (request.method()) {
            case "GET" -> response.sendText(200, Files.exists(marker) ? "set" : "unset");
            case "DELETE" -> {
                boolean _ = Files.deleteIfExists(marker);
                response.status(NO_CONTENT).send(NOTHING);
            }
            default -> {
                Path folder = marker.toAbsolutePath().getParent();
                if (folder != null) {
                    Files.createDirectories(folder);
                }
                Files.writeString(marker, "A shutdown was asked for.\n");
                response.status(NO_CONTENT).send(NOTHING);
            }
        }
    }

    private void partitionDownscale(Request request, Response response) throws IOException {
        authenticate(request);
        response.status(405).send(NOTHING);
    }
}
