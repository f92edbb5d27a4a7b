package io.narfi.gateway;

import java.util.Locale;

/** The three services behind a gateway; also what a user may be allowed to use. */
enum UpstreamKind {
    WRITE,
    READ,
    BACKEND;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
