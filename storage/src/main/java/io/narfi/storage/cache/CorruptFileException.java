package io.narfi.storage.cache;

import java.io.IOException;
import java.nio.file.Path;

/** A file of a cache is not what its name says. */
final class CorruptFileException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptFileException(Path file, String what) {
        super(what + " in " + file);
    }
}
