package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Ulids;
import io.narfi.storage.object.ObjectContent;
import io.narfi.storage.object.ObjectNotFoundException;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStore.ObjectInfo;
import io.narfi.storage.proto.CatalogDeleteRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of delete requests beside the catalog, {@code deletes/<tenant>/<id>}, each written before the commit that takes the request in, and deleted
 * after the one that cancels or forgets it. Nobody reads them while there is a catalog; one that is made anew from the blocks takes its requests from
 * here, the processed ones too, because the blocks and segments it finds may be older than their end.
 */
public final class DeleteCopies {
    private static final Logger log = LoggerFactory.getLogger(DeleteCopies.class);
    private static final String PREFIX = "deletes/";
    private static final int PAGE = 1000;
    private static final long MAX_BYTES = 1 << 20;

    /** A copy that no commit names for so long is of a request that was never taken in, or is no more. */
    private static final Duration UNKNOWN_AFTER = Duration.ofHours(1);

    private final ObjectStore store;

    public DeleteCopies(ObjectStore store) {
        this.store = requireNonNull(store, "store is null");
    }

    private static String key(String tenant, String id) {
        return PREFIX + tenant + "/" + id;
    }

    /** @param request as it is to be taken in; its id is new */
    public void create(DeleteRequest request) throws IOException {
        store.putIfAbsent(
                key(request.tenant(), request.id()), ObjectContent.of(Envelope.wrap(Envelope.Kind.DELETE, CatalogCodec.toProto(request))));
    }

    public void delete(String tenant, String id) throws IOException {
        store.delete(List.of(key(tenant, id)));
    }

    /**
     * Deletes copies of requests that the state does not know, an hour after they were made.
     *
     * @return number of objects deleted
     */
    public int clean(CatalogState state, long nowMillis) throws IOException {
        List<String> unknown = new ArrayList<>();
        for (ObjectInfo object : list()) {
            String[] parts = object.key().split("/", -1);
            boolean ours = parts.length == 3 && Ulids.isUlid(parts[2]);
            if (ours
                    && nowMillis - Ulids.millis(parts[2]) >= UNKNOWN_AFTER.toMillis()
                    && state.deletes(parts[1]).find(parts[2]) == null) {
                unknown.add(object.key());
            }
        }
        if (!unknown.isEmpty()) {
            store.delete(unknown);
        }
        return unknown.size();
    }

    /** All requests as if they had just been received, numbered in the order of their ids. A copy that is damaged is passed over. */
    Map<String, TenantDeletes> restore(long version) throws IOException {
        Map<String, List<DeleteRequest>> byTenant = new HashMap<>();
        long sequence = 0;
        for (ObjectInfo object : list()) {
            try {
                byte[] bytes = store.get(object.key(), MAX_BYTES);
                DeleteRequest r = CatalogCodec.fromProto(
                        Envelope.unwrap(object.key(), Envelope.Kind.DELETE, bytes, CatalogDeleteRequest.parser()));
                byTenant.computeIfAbsent(r.tenant(), t -> new ArrayList<>()).add(r.received(++sequence, Ulids.millis(r.id())));
            } catch (CatalogCorruptException | IllegalArgumentException e) {
                log.error("a delete request is lost key={}", object.key(), e);
            } catch (ObjectNotFoundException e) {
                log.info("a delete request was cancelled meanwhile key={}", object.key());
            }
        }
        Map<String, TenantDeletes> deletes = new HashMap<>();
        byTenant.forEach((tenant, requests) -> deletes.put(tenant, TenantDeletes.of(version, requests, List.of())));
        return deletes;
    }

    private List<ObjectInfo> list() throws IOException {
        List<ObjectInfo> all = new ArrayList<>();
        boolean more = true;
        while (more) {
            ObjectStore.Listing page = store.list(PREFIX, all.isEmpty() ? "" : all.getLast().key(), PAGE);
            all.addAll(page.objects());
            more = page.truncated() && !page.objects().isEmpty();
        }
        return all;
    }
}
