package io.narfi.storage.object;

/** There is no object under a key. */
public final class ObjectNotFoundException extends ObjectStoreException {
    private static final long serialVersionUID = 1L;

    private final String key;

    public ObjectNotFoundException(String key) {
        super("no such object: " + key, null, false);
        this.key = key;
    }

    public String key() {
        return key;
    }
}
