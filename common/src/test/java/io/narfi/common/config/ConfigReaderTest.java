package io.narfi.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.Durations;
import io.narfi.common.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {
    record Inner(@Setting("9") int port, @Setting(secret = true) String password) {}

    record Outer(
            boolean authEnabled,
            Inner server,
            @Setting(value = "30s", kind = Setting.Kind.DURATION) long timeout,
            @Setting(value = "1MB", kind = Setting.Kind.BYTES) long size,
            List<String> names,
            Map<String, Integer> counts,
            List<Inner> more) {}

    private final List<String> accepted = new ArrayList<>();
    private final ConfigReader reader = new ConfigReader("x.yaml", (path, where) -> path.startsWith("ring") && accepted.add(path + "@" + where));

    @Test
    void defaults() {
        Outer o = ConfigReader.defaults(Outer.class);
        assertThat(o.server().port()).isEqualTo(9);
        assertThat(o.timeout()).isEqualTo(30 * Durations.SECOND);
        assertThat(o.size()).isEqualTo(1 << 20);
        assertThat(o.names()).isEmpty();
        assertThat(reader.read("", Outer.class)).isEqualTo(o);
        assertThat(reader.read("server:\n", Outer.class)).isEqualTo(o);
    }

    @Test
    void readsAndPrintsBack() {
        String yaml =
                """
                auth_enabled: true
                server:
                  port: 1
                  password: "geheim: #"
                timeout: 1m30s
                names: [a, "b c"]
                counts: {x: 1}
                more:
                  - port: 7
                  - password: p
                """;
        Outer o = reader.read(yaml, Outer.class);
        assertThat(o.names()).containsExactly("a", "b c");
        assertThat(o.more()).extracting(Inner::port).containsExactly(7, 9);
        String printed = ConfigWriter.write(o);
        assertThat(printed).doesNotContain("geheim").contains("password: \"********\"").contains("timeout: 1m30s");
        Outer again = reader.read(printed.replace("********", "geheim: #").replaceFirst("(port: 9\\n\\s+password: )\"geheim: #\"", "$1p"), Outer.class);
        assertThat(again).isEqualTo(o);
        assertThat(ConfigWriter.writeDifference(ConfigReader.defaults(Outer.class))).isEqualTo("{}\n");
        assertThat(ConfigWriter.writeDifference(o)).doesNotContain("size");
    }

    @Test
    void unknownKeysAreErrorsWithFileAndLine() {
        assertThatThrownBy(() -> reader.read("auth_enabled: true\nserver:\n  prot: 1\n", Outer.class))
                .isInstanceOf(ConfigException.class)
                .hasMessage("x.yaml:3: unknown key server.prot");
        assertThatThrownBy(() -> reader.read("size: 1\nsize: 2\n", Outer.class)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> reader.read("timeout: 5 apples", Outer.class)).hasMessageStartingWith("x.yaml:1: timeout: ");
        assertThatThrownBy(() -> reader.read("a: [", Outer.class)).isInstanceOf(ConfigException.class).hasMessageContaining("x.yaml");
        assertThatThrownBy(() -> reader.read("server: 5", Outer.class)).hasMessage("x.yaml:1: server: expected keys and values");
    }

    @Test
    void theCallerMayAcceptKeysWithoutEffect() {
        reader.read("ring:\n  kvstore: x\n", Outer.class);
        assertThat(accepted).containsExactly("ring@x.yaml:1");
    }

    @Test
    void overridesStartFromTheirBase() {
        Limits base = Limits.defaults().with("max_line_size: 10\nretention_stream: [{selector: '{a=\"b\"}', priority: 1, period: 7d}]");
        Limits l = base.with("max_query_series: 7");
        assertThat(l.maxLineSize()).isEqualTo(10);
        assertThat(l.maxQuerySeries()).isEqualTo(7);
        assertThat(l.retentionStream()).hasSize(1);
        assertThatThrownBy(() -> base.with("retention_stream: [{selector: '{}', period: 1h}]")).hasMessageContaining("retention period must be >= 24h was 1h");
        assertThat(new ConfigReader("y", ConfigReader.UnknownKeys.REFUSE).read(ConfigWriter.write(l), Limits.class)).isEqualTo(l);
    }
}
