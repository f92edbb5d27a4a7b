package io.narfi.storage;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** Stored bytes that are not what a writer wrote. Trying again does not help unless the bytes came from a damaged local copy. */
public final class CorruptDataException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String key;
    private final String section;
    private final long offset;

    public CorruptDataException(String key, String section, long offset, String problem) {
        super("corrupt " + section + " at offset " + offset + " of " + key + ": " + problem);
        this.key = requireNonNull(key, "key is null");
        this.section = requireNonNull(section, "section is null");
        this.offset = offset;
    }

    /** The object's key. */
    public String key() {
        return key;
    }

    /** The part of the object, as the format's documentation names it. */
    public String section() {
        return section;
    }

    /** Where in the object, in bytes from its start; for sections that are compressed, where the section begins. */
    public long offset() {
        return offset;
    }
}
