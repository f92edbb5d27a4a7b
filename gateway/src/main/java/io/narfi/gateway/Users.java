package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The users as the file has them. A file that changes into something that cannot be read leaves the users as they were. */
final class Users {
    private static final Logger logger = LoggerFactory.getLogger(Users.class);
    private static final int MAX_FILE_BYTES = 4 << 20;

    private final Path file;
    private final Counter failures;
    private volatile UsersFile current;
    private String text;

    /**
     * Reads the file for the first time.
     *
     * @throws IOException if it cannot be read
     * @throws ConfigException if it cannot be understood
     */
    Users(Path file, MeterRegistry registry) throws IOException {
        this.file = requireNonNull(file, "file is null");
        this.text = read();
        this.current = new UsersFile(file.toString(), text);
        this.failures = Counter.builder("narfi.gateway.users.reload.failures")
                .description("Changes of the users file that could not be taken over")
                .register(registry);
        Gauge.builder("narfi.gateway.users", this, u -> u.current.size())
                .description("Users and tokens that the gateway knows")
                .register(registry);
    }

    UsersFile current() {
        return current;
    }

    /** Looks at the file; called by one thread. The content decides, because a mounted secret changes behind a link. */
    void reload() {
        try {
            String now = read();
            if (!now.equals(text)) {
                // Told once, also if it is wrong.
                text = now;
                current = new UsersFile(file.toString(), now);
                logger.info("users reloaded file={} count={}", file, current.size());
            }
        } catch (IOException | ConfigException e) {
            failures.increment();
            logger.error("cannot reload the users, those known before stay file={}", file, e);
        }
    }

    private String read() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new IOException(file + " is larger than " + MAX_FILE_BYTES + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
