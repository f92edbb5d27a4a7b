package io.narfi.storage.catalog;

/** Somebody else's commit took an input of this one; it was certainly not committed, and its work is to be dropped. */
public final class CommitConflictException extends CatalogException {
    private static final long serialVersionUID = 1L;

    public CommitConflictException(String message) {
        super(message, null);
    }
}
