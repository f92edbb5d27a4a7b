package io.narfi.server;

import java.nio.file.Path;
import java.util.Map;

/** The whole engine inside another program, on loopback and a free port, with its data in a folder: for tests and benchmarks. */
public final class EmbeddedServer implements AutoCloseable {
    private final NarfiServer server;

    private EmbeddedServer(NarfiServer server) {
        this.server = server;
    }

    /** Starts with the settings of a first look ({@code trial.yaml}), everything below {@code dir}. */
    public static EmbeddedServer start(Path dir) throws Exception {
        return start(dir, "");
    }

    /** Starts with further sections of YAML; {@code common} and {@code server} are taken. */
    public static EmbeddedServer start(Path dir, String sections) throws Exception {
        String yaml = """
                auth_enabled: false
                server: {http_listen_address: 127.0.0.1, http_listen_port: 0}
                common: {path_prefix: "%s"}
                """.formatted(dir.toAbsolutePath()) + (sections.isEmpty() ? LIMITS : sections);
        NarfiServer server = new NarfiServer(new ConfigLoader(Map.<String, String>of()::get).parse("embedded", yaml).config());
        try {
            server.start();
        } catch (Exception e) {
            server.stop();
            throw e;
        }
        return new EmbeddedServer(server);
    }

    private static final String LIMITS = """
            limits_config:
              reject_old_samples: false
              ingestion_rate_mb: 1024
              ingestion_burst_size_mb: 2048
              per_stream_rate_limit: 1GB
              per_stream_rate_limit_burst: 2GB
              max_global_streams_per_user: 0
            pattern_ingester:
              enabled: true
            """;

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        server.stop();
    }
}
