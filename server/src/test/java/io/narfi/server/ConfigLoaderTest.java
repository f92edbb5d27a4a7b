package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.Durations;
import io.narfi.common.config.ConfigException;
import io.narfi.common.config.ConfigReader;
import io.narfi.common.config.ConfigWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    @TempDir
    Path dir;

    private final ConfigLoader loader = new ConfigLoader(Map.of("S3_KEY", "me", "EMPTY", "")::get);

    @Test
    void theTrialConfigurationIsOneProcessWithAFolder() {
        NarfiConfig c = loader.load(null, true).config();
        assertThat(c.targetKind()).isEqualTo(NarfiConfig.Target.ALL);
        assertThat(c.authEnabled()).isFalse();
        assertThat(c.server().httpListenPort()).isEqualTo(3100);
        assertThat(c.storeDirectory()).isEqualTo("./data/store");
    }

    @Test
    void aLokiFileStartsWithWarnings() throws IOException {
        Path file = dir.resolve("loki.yaml");
        try (var in = ConfigLoaderTest.class.getResourceAsStream("loki-simple-scalable.yaml")) {
            Files.write(file, in.readAllBytes());
        }
        ConfigLoader.Loaded loaded = loader.load(file, true);
        NarfiConfig c = loaded.config();
        assertThat(c.s3().bucketnames()).isEqualTo("loki-chunks");
        assertThat(c.s3().accessKeyId()).isEqualTo("me");
        assertThat(c.limitsConfig().retentionPeriod()).isEqualTo(30 * Durations.DAY);
        assertThat(c.limitsConfig().retentionStream()).hasSize(1);
        assertThat(c.compactor().retentionEnabled()).isTrue();
        assertThat(loaded.warnings())
                .anyMatch(w -> w.contains("memberlist has no effect: there is no ring"))
                .anyMatch(w -> w.contains("schema_config has no effect"))
                .anyMatch(w -> w.contains("ingester.wal has no effect: there is no write-ahead log"))
                .anyMatch(w -> w.matches(".*loki\\.yaml:\\d+: ruler has no effect.*"));
        String printed = ConfigWriter.write(c);
        assertThat(printed).contains("access_key_id: me").doesNotContain("secret_access_key: none");
        assertThat(new ConfigReader("printed", ConfigReader.UnknownKeys.REFUSE).read(printed, NarfiConfig.class).limitsConfig()).isEqualTo(c.limitsConfig());
    }

    @Test
    void typingErrorsAreFound() {
        assertThatThrownBy(() -> loader.parse("n.yaml", "auth_enabled: true\nlimits_config:\n  max_query_seires: 5\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("n.yaml:3: unknown key limits_config.max_query_seires");
        assertThatThrownBy(() -> loader.parse("n.yaml", "target: reed")).hasMessageContaining("unknown target reed");
        assertThatThrownBy(() -> loader.load(dir.resolve("missing.yaml"), true)).isInstanceOf(ConfigException.class);
    }

    @Test
    void expandsTheEnvironment() {
        assertThat(loader.expand("a: ${S3_KEY} ${X:y:z} ${EMPTY:d} ${X} ${1} ${open")).isEqualTo("a: me y:z d  ${1} ${open");
        assertThat(loader.expand(new String("é".getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))).isEqualTo("é");
    }
}
