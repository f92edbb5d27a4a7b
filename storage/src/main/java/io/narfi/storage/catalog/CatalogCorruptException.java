package io.narfi.storage.catalog;

import org.jspecify.annotations.Nullable;

/** An object of the catalog is damaged or missing in a way that no checkpoint makes up for. */
public final class CatalogCorruptException extends CatalogException {
    private static final long serialVersionUID = 1L;

    public CatalogCorruptException(String message) {
        this(message, null);
    }

    public CatalogCorruptException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
