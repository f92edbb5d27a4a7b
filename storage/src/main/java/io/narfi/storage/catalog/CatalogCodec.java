package io.narfi.storage.catalog;

import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.proto.CatalogBlock;
import io.narfi.storage.proto.CatalogBlockRef;
import io.narfi.storage.proto.CatalogCheckpoint;
import io.narfi.storage.proto.CatalogConsumedRange;
import io.narfi.storage.proto.CatalogDeleteRequest;
import io.narfi.storage.proto.CatalogDeleteStep;
import io.narfi.storage.proto.CatalogDeletesApplied;
import io.narfi.storage.proto.CatalogRemovedBlock;
import io.narfi.storage.proto.CatalogRowsDeleted;
import io.narfi.storage.proto.CatalogSegmentRange;
import io.narfi.storage.proto.CatalogTenantDeletes;
import io.narfi.storage.proto.CatalogWriter;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Commits and states to bytes and back. */
final class CatalogCodec {
    private CatalogCodec() {}

    static byte[] encode(CatalogCommit commit) {
        CatalogChange change = commit.change();
        io.narfi.storage.proto.CatalogCommit.Builder out = io.narfi.storage.proto.CatalogCommit.newBuilder()
                .setVersion(commit.version())
                .setId(commit.id())
                .setOwner(commit.owner())
                .setLeaseEpoch(commit.leaseEpoch())
                .setTime(commit.time())
                .setReason(change.reason());
        change.added().forEach(b -> out.addAdded(toProto(b)));
        change.removed().forEach(b -> out.addRemoved(toProto(b)));
        change.condemned().forEach(b -> out.addCondemned(toProto(b)));
        change.purged().forEach(b -> out.addPurged(toProto(b)));
        change.consumed().forEach(r -> out.addConsumed(toProto(r)));
        change.deleted().forEach(r -> out.addDeleted(toProto(r)));
        change.forgotten().forEach(r -> out.addForgotten(toProto(r)));
        change.deleteRequests().forEach(r -> out.addDeleteRequests(toProto(r)));
        change.deleteSteps().forEach(s -> out.addDeleteSteps(toProto(s)));
        change.deletesApplied().forEach(a -> out.addDeletesApplied(toProto(a)));
        change.rowsDeleted().forEach(r -> out.addRowsDeleted(CatalogRowsDeleted.newBuilder().setTenant(r.tenant()).setThrough(r.through())));
        return Envelope.wrap(Envelope.Kind.COMMIT, out.build());
    }

    static CatalogCommit decodeCommit(String key, byte[] bytes) throws CatalogCorruptException {
        io.narfi.storage.proto.CatalogCommit in =
                Envelope.unwrap(key, Envelope.Kind.COMMIT, bytes, io.narfi.storage.proto.CatalogCommit.parser());
        try {
            CatalogChange change = new CatalogChange(
                    in.getReason(),
                    map(in.getAddedList(), CatalogCodec::fromProto),
                    map(in.getRemovedList(), CatalogCodec::fromProto),
                    map(in.getCondemnedList(), CatalogCodec::fromProto),
                    map(in.getPurgedList(), CatalogCodec::fromProto),
                    map(in.getConsumedList(), CatalogCodec::fromProto),
                    map(in.getDeletedList(), CatalogCodec::fromProto),
                    map(in.getForgottenList(), CatalogCodec::fromProto),
                    map(in.getDeleteRequestsList(), CatalogCodec::fromProto),
                    map(in.getDeleteStepsList(), CatalogCodec::fromProto),
                    map(in.getDeletesAppliedList(), CatalogCodec::fromProto),
                    map(in.getRowsDeletedList(), r -> new RowsDeleted(r.getTenant(), r.getThrough())));
            return new CatalogCommit(in.getVersion(), in.getId(), in.getOwner(), in.getLeaseEpoch(), in.getTime(), change);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new CatalogCorruptException(key + " holds an impossible value: " + e.getMessage(), e);
        }
    }

    static byte[] encode(CatalogState state) {
        CatalogCheckpoint.Builder out = CatalogCheckpoint.newBuilder().setVersion(state.version()).setTime(state.time());
        state.forEachBlock(b -> out.addBlocks(toProto(b)));
        for (CatalogState.RemovedBlock r : state.removed()) {
            out.addRemoved(CatalogRemovedBlock.newBuilder().setBlock(toProto(r.block())).setRemovedAt(r.removedAt()));
        }
        state.consumed().writers().forEach((writer, ranges) -> {
            CatalogWriter.Builder w = CatalogWriter.newBuilder().setWriter(writer);
            for (ConsumedSegments.Range r : ranges) {
                w.addConsumed(CatalogConsumedRange.newBuilder()
                        .setFrom(r.from())
                        .setTo(r.to())
                        .setConsumedAt(r.consumedAt())
                        .setDeletedAt(r.deletedAt()));
            }
            out.addWriters(w);
        });
        state.deletes().forEach((tenant, deletes) -> {
            CatalogTenantDeletes.Builder d = CatalogTenantDeletes.newBuilder().setTenant(tenant).setGeneration(deletes.generation());
            deletes.requests().forEach(r -> d.addRequests(toProto(r)));
            deletes.applied().forEach(a -> d.addApplied(toProto(a)));
            out.addDeletes(d);
        });
        return Envelope.wrap(Envelope.Kind.CHECKPOINT, out.build());
    }

    static CatalogState decodeCheckpoint(String key, byte[] bytes) throws CatalogCorruptException {
        CatalogCheckpoint in = Envelope.unwrap(key, Envelope.Kind.CHECKPOINT, bytes, CatalogCheckpoint.parser());
        try {
            Map<String, List<ConsumedSegments.Range>> writers = new HashMap<>();
            for (CatalogWriter w : in.getWritersList()) {
                writers.put(
                        w.getWriter(),
                        map(
                                w.getConsumedList(),
                                r -> new ConsumedSegments.Range(r.getFrom(), r.getTo(), r.getConsumedAt(), r.getDeletedAt())));
            }
            Map<String, TenantDeletes> deletes = new HashMap<>();
            for (CatalogTenantDeletes d : in.getDeletesList()) {
                deletes.put(
                        d.getTenant(),
                        TenantDeletes.of(
                                d.getGeneration(),
                                map(d.getRequestsList(), CatalogCodec::fromProto),
                                map(d.getAppliedList(), CatalogCodec::fromProto)));
            }
            return CatalogState.of(
                    in.getVersion(),
                    in.getTime(),
                    map(in.getBlocksList(), CatalogCodec::fromProto),
                    map(in.getRemovedList(), r -> new CatalogState.RemovedBlock(fromProto(r.getBlock()), r.getRemovedAt())),
                    ConsumedSegments.of(writers),
                    deletes);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new CatalogCorruptException(key + " holds an impossible value: " + e.getMessage(), e);
        }
    }

    private static <A, B> List<B> map(List<A> in, Function<A, B> f) {
        List<B> out = new ArrayList<>(in.size());
        for (A a : in) {
            out.add(f.apply(a));
        }
        return out;
    }

    private static CatalogBlock toProto(BlockMeta b) {
        return CatalogBlock.newBuilder()
                .setTenant(b.tenant())
                .setId(b.id())
                .setEpochDay(Math.toIntExact(b.day().toEpochDay()))
                .setLevel(b.level())
                .setMinTimeNanos(b.minTime())
                .setMaxTimeNanos(b.maxTime())
                .setRows(b.rows())
                .setLineBytes(b.lineBytes())
                .setMetadataBytes(b.metadataBytes())
                .setStreams(b.streams())
                .setSize(b.size())
                .setFooterOffset(b.footerOffset())
                .setRetentionSeconds(b.retentionSeconds())
                .build();
    }

    private static BlockMeta fromProto(CatalogBlock b) {
        return new BlockMeta(
                b.getTenant(),
                b.getId(),
                LocalDate.ofEpochDay(b.getEpochDay()),
                b.getLevel(),
                b.getMinTimeNanos(),
                b.getMaxTimeNanos(),
                b.getRows(),
                b.getLineBytes(),
                b.getMetadataBytes(),
                b.getStreams(),
                b.getSize(),
                b.getFooterOffset(),
                b.getRetentionSeconds());
    }

    private static CatalogBlockRef toProto(BlockRef b) {
        return CatalogBlockRef.newBuilder()
                .setTenant(b.tenant())
                .setEpochDay(Math.toIntExact(b.day().toEpochDay()))
                .setId(b.id())
                .build();
    }

    private static BlockRef fromProto(CatalogBlockRef b) {
        return new BlockRef(b.getTenant(), LocalDate.ofEpochDay(b.getEpochDay()), b.getId());
    }

    private static CatalogSegmentRange toProto(SegmentRange r) {
        return CatalogSegmentRange.newBuilder().setWriter(r.writer()).setFrom(r.from()).setTo(r.to()).build();
    }

    private static SegmentRange fromProto(CatalogSegmentRange r) {
        return new SegmentRange(r.getWriter(), r.getFrom(), r.getTo());
    }

    static CatalogDeleteRequest toProto(DeleteRequest r) {
        return CatalogDeleteRequest.newBuilder()
                .setTenant(r.tenant())
                .setId(r.id())
                .setQuery(r.query())
                .setFromNanos(r.from())
                .setToNanos(r.to())
                .setSequence(r.sequence())
                .setCreatedAt(r.createdAt())
                .setStatus(
                        switch (r.status()) {
                            case RECEIVED -> CatalogDeleteRequest.Status.RECEIVED;
                            case STARTED -> CatalogDeleteRequest.Status.STARTED;
                            case PROCESSED -> CatalogDeleteRequest.Status.PROCESSED;
                        })
                .setStatusAt(r.statusAt())
                .build();
    }

    static DeleteRequest fromProto(CatalogDeleteRequest r) {
        DeleteRequest.Status status =
                switch (r.getStatus()) {
                    case RECEIVED -> DeleteRequest.Status.RECEIVED;
                    case STARTED -> DeleteRequest.Status.STARTED;
                    case PROCESSED -> DeleteRequest.Status.PROCESSED;
                    case UNRECOGNIZED -> throw new IllegalArgumentException("unknown status of a delete request");
                };
        return new DeleteRequest(
                r.getTenant(), r.getId(), r.getQuery(), r.getFromNanos(), r.getToNanos(), r.getSequence(), r.getCreatedAt(), status, r.getStatusAt());
    }

    private static CatalogDeleteStep toProto(DeleteStep s) {
        return CatalogDeleteStep.newBuilder()
                .setKind(
                        switch (s.kind()) {
                            case START -> CatalogDeleteStep.Kind.START;
                            case FINISH -> CatalogDeleteStep.Kind.FINISH;
                            case CANCEL -> CatalogDeleteStep.Kind.CANCEL;
                            case FORGET -> CatalogDeleteStep.Kind.FORGET;
                        })
                .setTenant(s.tenant())
                .setId(s.id())
                .setSequence(s.sequence())
                .build();
    }

    private static DeleteStep fromProto(CatalogDeleteStep s) {
        DeleteStep.Kind kind =
                switch (s.getKind()) {
                    case START -> DeleteStep.Kind.START;
                    case FINISH -> DeleteStep.Kind.FINISH;
                    case CANCEL -> DeleteStep.Kind.CANCEL;
                    case FORGET -> DeleteStep.Kind.FORGET;
                    case KIND_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("unknown step of a delete request");
                };
        return new DeleteStep(kind, s.getTenant(), s.getId(), s.getSequence());
    }

    private static CatalogDeletesApplied toProto(DeletesApplied a) {
        return CatalogDeletesApplied.newBuilder().setBlock(toProto(a.block())).setThrough(a.through()).build();
    }

    private static DeletesApplied fromProto(CatalogDeletesApplied a) {
        return new DeletesApplied(fromProto(a.getBlock()), a.getThrough());
    }
}
