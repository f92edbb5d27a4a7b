package io.narfi.http;

import io.narfi.common.ApiException;

/** A body that is longer than its limit; 413 unless the handler makes something else of it. */
public final class BodyTooLargeException extends ApiException {
    private static final long serialVersionUID = 1L;

    private final long limitBytes;

    public BodyTooLargeException(long limitBytes) {
        super(413, "http: request body too large");
        this.limitBytes = limitBytes;
    }

    /** The limit that was crossed, in bytes. */
    public long limitBytes() {
        return limitBytes;
    }
}
