package io.narfi.querier.source;

import io.narfi.querier.plan.SegmentRef;
import io.narfi.storage.RowSource;
import io.narfi.storage.block.BlockMeta;
import java.io.IOException;

/** Opens blocks and segments for reading; a source needs no closing and can be shared. */
public interface SourceOpener {
    /** @throws io.narfi.storage.object.ObjectNotFoundException if the object is gone */
    RowSource open(BlockMeta block) throws IOException;

    /** @throws io.narfi.storage.object.ObjectNotFoundException if the object is gone */
    RowSource open(SegmentRef segment) throws IOException;
}
