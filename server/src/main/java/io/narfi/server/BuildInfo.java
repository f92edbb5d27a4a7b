package io.narfi.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What was built.
 *
 * @param version Narfi's own version
 * @param lokiVersion the version of Loki whose interface this build has; clients gate features by it
 * @param revision the commit, or {@code unknown}
 * @param date when the program was built, RFC 3339
 */
record BuildInfo(String version, String lokiVersion, String revision, String date) {
    private static final BuildInfo CURRENT = load();

    static BuildInfo current() {
        return CURRENT;
    }

    private static BuildInfo load() {
        Properties p = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("build.properties is missing");
            }
            p.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BuildInfo(
                p.getProperty("version", "unknown"), p.getProperty("loki", "3.7.6"), p.getProperty("revision", "unknown"), p.getProperty("date", "unknown"));
    }
}
