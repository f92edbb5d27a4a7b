package io.narfi.storage.catalog;

/** There is no catalog though there are blocks, or the one that was read before is gone. */
public final class CatalogLostException extends CatalogException {
    private static final long serialVersionUID = 1L;

    public CatalogLostException(String message) {
        super(message, null);
    }
}
