package io.narfi.storage.catalog;

import io.narfi.storage.block.BlockMeta;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's delete requests, and which blocks are rid of whose rows; immutable.
 *
 * <p>Requests start in the order of their sequences, so one number tells of a block which requests need not be applied to it any more. Blocks
 * are remembered only while a request is active.
 */
public final class TenantDeletes {
    static final TenantDeletes NONE = new TenantDeletes(0, new TreeMap<>(), Map.of());

    private final long generation;
    private final NavigableMap<Long, DeleteRequest> requests;
    private final Map<BlockRef, Long> applied;

    private TenantDeletes(long generation, NavigableMap<Long, DeleteRequest> requests, Map<BlockRef, Long> applied) {
        this.generation = generation;
        this.requests = requests;
        this.applied = applied;
    }

    static TenantDeletes of(long generation, List<DeleteRequest> requests, List<DeletesApplied> applied) {
        NavigableMap<Long, DeleteRequest> bySequence = new TreeMap<>();
        requests.forEach(r -> bySequence.put(r.sequence(), r));
        Map<BlockRef, Long> byBlock = new HashMap<>();
        applied.forEach(a -> byBlock.put(a.block(), a.through()));
        return new TenantDeletes(generation, bySequence, byBlock);
    }

    /**
     * Version of the last commit that changed which rows the requests hide, 0 if none ever did. An answer that was kept from before a change of
     * this number may hold rows that are deleted now, or lack rows whose request was cancelled; the API tells it to caches outside.
     */
    public long generation() {
        return generation;
    }

    /** All requests that are remembered, in the order of their sequences. */
    public List<DeleteRequest> requests() {
        return List.copyOf(requests.values());
    }

    /** The requests whose rows have to be left out, in the order of their sequences. */
    public List<DeleteRequest> active() {
        List<DeleteRequest> active = new ArrayList<>();
        for (DeleteRequest r : requests.values()) {
            if (r.isActive()) {
                active.add(r);
            }
        }
        return active;
    }

    /** The requests whose rows are being removed, in the order of their sequences. */
    public List<DeleteRequest> started() {
        return active().stream().filter(r -> r.status() == DeleteRequest.Status.STARTED).toList();
    }

    public @Nullable DeleteRequest find(String id) {
        for (DeleteRequest r : requests.values()) {
            if (r.id().equals(id)) {
                return r;
            }
        }
        return null;
    }

    /** Requests with greater sequences may have rows in the block; 0 if nothing is known of it. */
    public long appliedThrough(BlockRef block) {
        return applied.getOrDefault(block, 0L);
    }

    /** Whether the request's rows have to be left out when the block is read, or removed from it. */
    public boolean concerns(DeleteRequest request, BlockMeta block) {
        return request.sequence() > appliedThrough(BlockRef.of(block)) && request.touches(block.minTime(), block.maxTime());
    }

    List<DeletesApplied> applied() {
        List<DeletesApplied> all = new ArrayList<>();
        applied.forEach((block, through) -> all.add(new DeletesApplied(block, through)));
        return all;
    }

    /** Why a step cannot be done together with others, or null if it can. */
    @Nullable String objection(DeleteStep step, List<DeleteStep> all) {
        DeleteRequest request = requests.get(step.sequence());
        if (request == null || !request.id().equals(step.id())) {
            return "unknown delete request: " + step;
        }
        boolean possible =
                switch (step.kind()) {
                    case START -> request.status() == DeleteRequest.Status.RECEIVED;
                    case FINISH -> request.status() == DeleteRequest.Status.STARTED;
                    case CANCEL -> request.isActive();
                    case FORGET -> !request.isActive();
                };
        if (!possible) {
            return "delete request is " + request.status() + ": " + step;
        }
        if (step.kind() == DeleteStep.Kind.START) {
            for (DeleteRequest earlier : requests.headMap(step.sequence()).values()) {
                if (earlier.status() == DeleteRequest.Status.RECEIVED && !all.contains(DeleteStep.of(DeleteStep.Kind.START, earlier))) {
                    return "delete request " + earlier.id() + " has to start before " + step;
                }
            }
        }
        return null;
    }

    /** The state after a commit; only what concerns the tenant is given. */
    TenantDeletes apply(
            CatalogCommit commit, List<DeleteRequest> requested, List<DeleteStep> steps, List<DeletesApplied> marks, List<BlockRef> removed) {
        NavigableMap<Long, DeleteRequest> newRequests = new TreeMap<>(requests);
        long newGeneration = generation;
        for (DeleteRequest r : requested) {
            newRequests.put(commit.version(), r.received(commit.version(), commit.time()));
            newGeneration = commit.version();
        }
        for (DeleteStep step : steps) {
            switch (step.kind()) {
                case START -> newRequests.computeIfPresent(step.sequence(), (s, r) -> r.with(DeleteRequest.Status.STARTED, commit.time()));
                case FINISH -> {
                    newRequests.computeIfPresent(step.sequence(), (s, r) -> r.with(DeleteRequest.Status.PROCESSED, commit.time()));
                    newGeneration = commit.version();
                }
                case CANCEL -> {
                    newRequests.remove(step.sequence());
                    newGeneration = commit.version();
                }
                case FORGET -> newRequests.remove(step.sequence());
            }
        }
        Map<BlockRef, Long> newApplied = Map.of();
        if (newRequests.values().stream().anyMatch(DeleteRequest::isActive)) {
            newApplied = new HashMap<>(applied);
            for (DeletesApplied mark : marks) {
                newApplied.merge(mark.block(), mark.through(), Math::max);
            }
            newApplied.keySet().removeAll(removed);
        }
        return new TenantDeletes(newGeneration, newRequests, newApplied);
    }
}
