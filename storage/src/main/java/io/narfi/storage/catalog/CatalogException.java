package io.narfi.storage.catalog;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The catalog cannot be read or written as it should; the store itself works. */
public sealed class CatalogException extends IOException
        permits CatalogCorruptException, CatalogLostException, CommitConflictException, CommitOutcomeUnknownException {
    private static final long serialVersionUID = 1L;

    CatalogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
