package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.common.Limits;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PublishedLimitsTest {
    private static final List<String> SOME = List.of("volume_enabled", "retention_period", "max_query_bytes_read", "otlp_config", "metric_aggregation_enabled");

    @TempDir
    private Path dir;

    @Test
    void showsWhatIsOnTheListInOrder() {
        Limits limits = Limits.defaults().with("retention_period: 36h\nmax_query_bytes_read: 5MB");
        String json = new PublishedLimits(SOME).json(limits, true, "3.7.6");
        assertThat(json)
                .isEqualTo("{\"limits\":{\"max_query_bytes_read\":\"5MB\",\"metric_aggregation_enabled\":false,"
                        + "\"otlp_config\":{\"severity_text_as_label\":false,\"resource_attributes\":{\"ignore_defaults\":false,\"attributes_config\":[]},"
                        + "\"scope_attributes\":[],\"log_attributes\":[]},\"retention_period\":\"1d12h\",\"volume_enabled\":true},"
                        + "\"pattern_ingester_enabled\":true,\"version\":\"3.7.6\"}\n");
        assertThat(new PublishedLimits(List.of("volume_enabled", "nosuch")).yaml(limits)).isEqualTo("volume_enabled: true\n");
        assertThat(new PublishedLimits(List.of()).json(limits, false, "x"))
                .isEqualTo("{\"limits\":{},\"pattern_ingester_enabled\":false,\"version\":\"x\"}\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/loki/api/v1/drilldown-limits", "/config/tenant/v1/limits"})
    void needATenantAndShowItsOwn(String path) throws Exception {
        Path overrides = Files.writeString(dir.resolve("overrides.yaml"), "overrides: {big: {max_query_series: 7}}");
        String sections = "runtime_config: {file: \"" + overrides + "\"}\ntenant_limits_allow_publish: [max_query_series]\n";
        try (EmbeddedServer server = EmbeddedServer.start(dir, sections);
                HttpClient client = HttpClient.newHttpClient()) {
            String separator = path.startsWith("/config") ? "max_query_series: " : "\"max_query_series\":";
            assertThat(get(client, server.url() + path, "big")).startsWith("200 ").contains(separator + 7);
            assertThat(get(client, server.url() + path, "other")).startsWith("200 ").contains(separator + 500);
            assertThat(get(client, server.url() + path, "")).isEqualTo("401 no org id\n");
            assertThat(get(client, server.url() + path, "a|b")).isEqualTo("400 multiple org IDs present\n");
        }
    }

    private static String get(HttpClient client, String url, String tenant) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (!tenant.isEmpty()) {
            request.header("X-Scope-OrgID", tenant);
        }
        HttpResponse<String> r = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return r.statusCode() + " " + r.body();
    }
}
