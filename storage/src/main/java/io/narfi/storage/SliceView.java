package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import java.io.IOException;
import java.util.List;

/** Another slice, but for what a subclass makes of its rows. */
public abstract class SliceView implements StreamSlice {
    private final StreamSlice slice;

    protected SliceView(StreamSlice slice) {
        this.slice = requireNonNull(slice, "slice is null");
    }

    protected final StreamSlice slice() {
        return slice;
    }

    @Override
    public Labels labels() {
        return slice.labels();
    }

    @Override
    public long hash() {
        return slice.hash();
    }

    @Override
    public long minTime() {
        return slice.minTime();
    }

    @Override
    public long maxTime() {
        return slice.maxTime();
    }

    @Override
    public long rows() {
        return slice.rows();
    }

    @Override
    public long lineBytes() {
        return slice.lineBytes();
    }

    @Override
    public long metadataBytes() {
        return slice.metadataBytes();
    }

    @Override
    public boolean isSumOfPages() {
        return slice.isSumOfPages();
    }

    @Override
    public List<PageInfo> pages() throws IOException {
        return slice.pages();
    }

    @Override
    public BatchCursor scan(ScanRequest request) {
        return slice.scan(request);
    }
}
