package io.narfi.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;

/** Runs commands and keeps what they print. */
final class TestConsole {
    static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");

    final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private InputStream in = InputStream.nullInputStream();

    static TestConsole of(FakeServer server) {
        TestConsole console = new TestConsole();
        console.environment.put("LOKI_ADDR", server.url());
        return console;
    }

    TestConsole env(String name, String value) {
        environment.put(name, value);
        return this;
    }

    TestConsole in(String text) {
        in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    Console console() {
        return new Console(
                in,
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment::get,
                InstantSource.fixed(NOW),
                ZoneOffset.UTC);
    }

    int run(String... args) {
        return Cli.run(console(), args);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
