package io.narfi.ingester.validate;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import io.narfi.common.Labels;
import io.narfi.ingester.decode.PushData;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a push that passed, to be stored; and the answer it gets once they are durable. The rows are those of {@link #data()} whose
 * stream has {@link #labels} and whose entry has {@link #metadata}.
 */
public final class AcceptedPush {
    private final String tenant;
    private final PushData data;
    private final @Nullable Labels[] labels;
    private final @Nullable Labels[] metadata;
    private int rows;
    private long bytes;
    private @Nullable ApiException answer;

    AcceptedPush(String tenant, PushData data) {
        this.tenant = requireNonNull(tenant, "tenant is null");
        this.data = requireNonNull(data, "data is null");
        this.labels = new Labels[data.streams()];
        this.metadata = new Labels[data.entries()];
    }

    public String tenant() {
        return tenant;
    }

    public PushData data() {
        return data;
    }

    /** The labels under which a stream is stored, null if none of its rows is. */
    public @Nullable Labels labels(int stream) {
        return labels[stream];
    }

    /** The structured metadata with which an entry is stored, null if it is not. */
    public @Nullable Labels metadata(int entry) {
        return metadata[entry];
    }

    /** Number of rows to store. */
    public int rows() {
        return rows;
    }

    /** Bytes of lines and metadata to store, as limits count them. */
    public long bytes() {
        return bytes;
    }

    /** What to answer when the rows are durable: null for a 204. */
    public @Nullable ApiException answer() {
        return answer;
    }

    void accept(int stream, Labels streamLabels) {
        labels[stream] = streamLabels;
    }

    void accept(int entry, Labels entryMetadata, long size) {
        metadata[entry] = entryMetadata;
        rows++;
        bytes += size;
    }

    /** Takes a stream that was accepted out again. */
    void reject(int stream, int streamRows, long streamBytes) {
        labels[stream] = null;
        for (int e = data.firstEntry(stream); e < data.endEntry(stream); e++) {
            metadata[e] = null;
        }
        rows -= streamRows;
        bytes -= streamBytes;
    }

    void answer(@Nullable ApiException e) {
        answer = e;
    }
}
