package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.common.Ulids;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.Catalog;
import io.narfi.storage.catalog.CatalogChange;
import io.narfi.storage.catalog.CatalogState;
import io.narfi.storage.catalog.CommitConflictException;
import io.narfi.storage.catalog.DeleteCopies;
import io.narfi.storage.catalog.DeleteRequest;
import io.narfi.storage.catalog.DeleteStep;
import io.narfi.storage.catalog.TenantDeletes;
import io.narfi.storage.object.ObjectStore;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;

/**
 * Takes delete requests in and back. Each of the two is one commit to the catalog, which every query reads when it begins: so a request hides its rows
 * from every query that begins after the answer, and whether it is cancelled or carried out is decided once, whichever backend is asked. Safe from any
 * thread.
 */
final class DeleteRequests {
    private static final int TRIES = 5;
    private static final int TOO_MANY_REQUESTS = 429;

    private final Catalog catalog;
    private final DeleteCopies copies;
    private final DeleteSettings settings;
    private final InstantSource clock;
    private final MeterRegistry registry;
    private final Ulids ulids;

    DeleteRequests(Catalog catalog, ObjectStore store, DeleteSettings settings, InstantSource clock, MeterRegistry registry) {
        this.catalog = requireNonNull(catalog, "catalog is null");
        this.copies = new DeleteCopies(store);
        this.settings = requireNonNull(settings, "settings is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.registry = requireNonNull(registry, "registry is null");
        this.ulids = new Ulids(clock);
    }

    private interface Attempt<T> {
        T run(CatalogState state) throws IOException;
    }

    /** Others may change the same at the same time: then it is decided anew. */
    private <T> T committing(Attempt<T> attempt) throws IOException {
        for (int i = 1; ; i++) {
            CatalogState state = catalog.refresh();
            if (state.version() == 0) {
                state = catalog.initialise();
            }
            try {
                return attempt.run(state);
            } catch (CommitConflictException e) {
                if (i == TRIES) {
                    throw e;
                }
            }
        }
    }

    /**
     * Returns when every query that begins from now on leaves the rows out.
     *
     * @return the request's id
     * @throws ApiException 429 if the tenant has too many
     */
    String create(String tenant, DeleteParams params) throws IOException {
        String id = ulids.next();
        DeleteRequest request = DeleteRequest.of(
                tenant, id, params.query(), params.from() * Durations.MILLISECOND, params.to() * Durations.MILLISECOND);
        checkRoom(catalog.refresh(), tenant);
        // A copy without a commit is cleaned away; a commit without a copy could be lost.
        copies.create(request);
        committing(state -> {
            checkRoom(state, tenant);
            return catalog.commit(CatalogChange.because("delete request").request(request).build(), state, 0);
        });
        Counter.builder("loki_compactor_delete_requests_received")
                .description("Delete requests received, by tenant.")
                .tag("user", tenant)
                .register(registry)
                .increment();
        return id;
    }

    private void checkRoom(CatalogState state, String tenant) {
        if (state.deletes(tenant).active().size() >= settings.maxRequests()) {
            throw new ApiException(TOO_MANY_REQUESTS, "too many delete requests: " + settings.maxRequests() + " wait to be processed");
        }
    }

    /** As of now, in the order in which they were taken in. */
    TenantDeletes of(String tenant) throws IOException {
        return catalog.refresh().deletes(tenant);
    }

    /** How much of a started request is done, in percent: by the bytes of the blocks that it may concern. */
    int percent(DeleteRequest request) {
        CatalogState state = catalog.current();
        TenantDeletes deletes = state.deletes(request.tenant());
        long end = request.to() == Long.MAX_VALUE ? request.to() : request.to() + 1;
        double all = 0;
        double left = 0;
        for (BlockMeta block : state.blocks(request.tenant(), request.from(), end)) {
            all += block.size();
            left += deletes.concerns(request, block) ? block.size() : 0;
        }
        return all == 0 ? 99 : (int) Math.min(99, 100 * (all - left) / all);
    }

    /**
     * Takes a request back; rows that are removed already stay so.
     *
     * @param force also if it was started, or could be
     * @throws ApiException 404 if there is none, 400 if it is too late
     */
    void cancel(String tenant, String id, boolean force) throws IOException {
        committing(state -> {
            DeleteRequest request = state.deletes(tenant).find(id);
            if (request == null) {
                throw new ApiException(404, "could not find delete request with given id");
            }
            if (!request.isActive()) {
                throw ApiException.badRequest("deletion of request which is in process or already processed is not allowed");
            }
            boolean late = request.status() == DeleteRequest.Status.STARTED
                    || clock.millis() - request.createdAt() > settings.cancelPeriod().toMillis();
            if (late && !force) {
                throw ApiException.badRequest("Cancellation of partially completed delete request or delete request past the deadline of "
                        + Durations.formatGo(settings.cancelPeriod().toNanos())
                        + " since its creation is not allowed. To force, use the ?force query parameter");
            }
            CatalogChange change = CatalogChange.because("delete request cancelled")
                    .steps(List.of(DeleteStep.of(DeleteStep.Kind.CANCEL, request)))
                    .build();
            return catalog.commit(change, state, 0);
        });
        // A catalog that is made anew would believe the copy.
        copies.delete(tenant, id);
    }
}
