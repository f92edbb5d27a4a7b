package io.narfi.compactor;

import java.io.IOException;

/** Called often by work that takes long, once a stream or so. */
@FunctionalInterface
public interface Progress {
    /** Never gives up. */
    Progress UNBOUNDED = () -> {};

    /** @throws AbandonedException if the work should be given up */
    void step() throws IOException;
}
