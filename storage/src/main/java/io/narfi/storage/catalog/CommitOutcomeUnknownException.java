package io.narfi.storage.catalog;

import org.jspecify.annotations.Nullable;

/**
 * The store failed in such a way that a commit may have landed, or may still land. A later refresh shows it; what the commit refers to must
 * not be deleted on the strength of this error.
 */
public final class CommitOutcomeUnknownException extends CatalogException {
    private static final long serialVersionUID = 1L;

    public CommitOutcomeUnknownException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
