package io.narfi.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.config.ConfigException;
import io.narfi.http.Call;
import io.narfi.http.HttpCaller;
import io.narfi.http.HttpCallerConfig;
import io.narfi.http.HttpServer;
import io.narfi.http.HttpServerConfig;
import io.narfi.http.Reply;
import io.narfi.http.Router;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthenticationTest {
    private static final String FILE = """
            users:
              - name: grafana
                password: "%s"
                tenants: [team-a, team-b]
                access: [read]
              - name: admin
                password: "%s"
                tenants: ["*"]
            tokens:
              - name: alloy
                token: "%s"
                tenants: [team-a]
                access: [write]
            """.formatted(bcrypt("geheim"), sha256("root pass"), sha256("a-long-random-token"));

    @TempDir
    private Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicReference<UsersFile> users = new AtomicReference<>(new UsersFile("users.yaml", FILE));
    private final Authenticator authenticator = new Authenticator(users::get, registry);

    private static String bcrypt(String password) {
        return OpenBSDBCrypt.generate("2y", password.getBytes(StandardCharsets.UTF_8), "0123456789abcdef".getBytes(StandardCharsets.UTF_8), 4);
    }

    private static String sha256(String secret) {
        try {
            return "sha256:"
                    + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private Identity identity(String authorization) throws InterruptedException {
        Identity identity = authenticator.authenticate(authorization);
        if (identity == null) {
            throw new AssertionError("not authenticated: " + authorization);
        }
        return identity;
    }

    @Test
    void knowsUsersAndTokens() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(identity(basic("grafana:geheim")).name()).isEqualTo("grafana");
            assertThat(identity("basic   " + basic("admin:root pass").substring(6)).name()).isEqualTo("admin");
            assertThat(identity("Bearer a-long-random-token").name()).isEqualTo("alloy");
        }
        for (String wrong : List.of(
                basic("grafana:Geheim"), basic("grafana:"), basic("grafana"), basic("nobody:geheim"), basic("admin:root pass2"), basic(":"),
                "Bearer x", "Bearer", "Basic %%%", "Digest a=b", "")) {
            assertThat(authenticator.authenticate(wrong)).as(wrong).isNull();
        }
        assertThat(authenticator.authenticate(null)).isNull();
        assertThat(registry.get("narfi.gateway.refused").tag("reason", "credentials").counter().count()).isEqualTo(12);
    }

    @Test
    void decidesTheTenant() throws Exception {
        Identity grafana = identity(basic("grafana:geheim"));
        assertThat(authenticator.tenant(grafana, UpstreamKind.READ, null)).isEqualTo("team-a");
        assertThat(authenticator.tenant(grafana, UpstreamKind.READ, "")).isEqualTo("team-a");
        assertThat(authenticator.tenant(grafana, UpstreamKind.READ, "team-b")).isEqualTo("team-b");
        assertThat(authenticator.tenant(grafana, UpstreamKind.READ, "team-b|team-a|team-b")).isEqualTo("team-a|team-b");
        Identity admin = identity(basic("admin:root pass"));
        assertThat(authenticator.tenant(admin, UpstreamKind.BACKEND, "whoever")).isEqualTo("whoever");
        refused(403, grafana, UpstreamKind.READ, "team-c");
        refused(403, grafana, UpstreamKind.READ, "team-a|team-c");
        refused(403, grafana, UpstreamKind.WRITE, "team-a");
        refused(403, identity("Bearer a-long-random-token"), UpstreamKind.READ, null);
        refused(401, admin, UpstreamKind.READ, null);
        refused(400, admin, UpstreamKind.READ, "a/b");
        assertThat(registry.get("narfi.gateway.refused").tag("reason", "access").counter().count()).isEqualTo(4);
    }

    private void refused(int status, Identity identity, UpstreamKind kind, @Nullable String tenant) {
        assertThatThrownBy(() -> authenticator.tenant(identity, kind, tenant))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(status));
    }

    @Test
    void anOldPasswordIsNotRememberedForANewHash() throws Exception {
        assertThat(authenticator.authenticate(basic("grafana:geheim"))).isNotNull();
        users.set(new UsersFile("users.yaml", FILE.replace(bcrypt("geheim"), bcrypt("neu"))));
        assertThat(authenticator.authenticate(basic("grafana:geheim"))).isNull();
        assertThat(authenticator.authenticate(basic("grafana:neu"))).isNotNull();
    }

    @Test
    void refusesFilesThatMakeNoSense() {
        for (String bad : List.of(
                "users: [{name: a, password: plain, tenants: [x]}]",
                "users: [{name: a, password: 'sha256:00', tenants: [x]}]",
                "users: [{name: a, password: 'sha256:xyz', tenants: [x]}]",
                "users: [{name: a, password: '" + sha256("x") + "'}]",
                "users: [{name: '', password: '" + sha256("x") + "', tenants: [x]}]",
                "users: [{name: a, password: '" + sha256("x") + "', tenants: [a/b]}]",
                "users: [{name: a, password: '" + sha256("x") + "', tenants: [x], access: [fly]}]",
                "users: [{name: a, password: '" + bcrypt("x").replace("$04$", "$15$") + "', tenants: [x]}]",
                "users: [{name: a, password: '" + sha256("x") + "', tenants: [x]}, {name: a, password: '" + sha256("y") + "', tenants: [x]}]",
                "tokens: [{name: a, token: '" + bcrypt("x") + "', tenants: [x]}]",
                "unknown: 1",
                "users: {")) {
            assertThatThrownBy(() -> new UsersFile("users.yaml", bad))
                    .as(bad)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("users.yaml")
                    .hasMessageNotContaining("plain");
        }
    }

    @Test
    void protectsTheGatewayAndFollowsTheFile() throws Exception {
        Path file = Files.writeString(folder.resolve("users.yaml"), FILE);
        try (FakeService service = new FakeService("service");
                HttpCaller client = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry())) {
            GatewayConfig config = GatewayConfig.of(List.of(service.uri()), List.of(service.uri()), List.of())
                    .usersFile(file, Duration.ofMillis(20));
            Gateway gateway = new Gateway(config, registry);
            HttpServer server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), new Router("", gateway.routes()), registry);
            gateway.start();
            server.start();
            URI origin = URI.create("http://127.0.0.1:" + server.port());
            Call query = Call.get(origin, "/loki/api/v1/labels");

            try (Reply reply = client.call(query)) {
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.headers().get("WWW-Authenticate")).isEqualTo("Basic realm=\"narfi\"");
                assertThat(reply.readAll(100)).asString().isEqualTo("unauthorized\n");
            }
            Call mine = query.header("Authorization", basic("grafana:geheim"));
            assertThat(status(client, mine.header("X-Scope-OrgID", "team-c"))).isEqualTo(403);
            assertThat(service.got).isEmpty();
            assertThat(status(client, mine)).isEqualTo(200);
            assertThat(service.got.getLast().headers().all("X-Scope-OrgID")).containsExactly("team-a");
            assertThat(service.got.getLast().headers().contains("Authorization")).isFalse();
            assertThat(status(client, Call.post(origin, "/loki/api/v1/push", "a/b", new byte[1])
                            .header("Authorization", "Bearer a-long-random-token")))
                    .isEqualTo(200);

            Files.writeString(file, FILE.replace(bcrypt("geheim"), bcrypt("neu")));
            eventually(client, mine, 401);
            // A file that is read while it is written may lack its end for one look.
            eventually(client, query.header("Authorization", basic("grafana:neu")), 200);
            Files.writeString(file, "broken: [");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (registry.get("narfi.gateway.users.reload.failures").counter().count() == 0) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            assertThat(status(client, query.header("Authorization", basic("grafana:neu")))).isEqualTo(200);
            server.stop();
            gateway.stop();
        }
    }

    @Test
    void aFileThatIsMissingFailsTheStart() {
        GatewayConfig config = GatewayConfig.of(List.of(), List.of(), List.of()).usersFile(folder.resolve("none.yaml"), Duration.ofSeconds(1));
        assertThatThrownBy(() -> new Gateway(config, registry)).isInstanceOf(IOException.class);
    }

    private static int status(HttpCaller client, Call call) throws IOException, InterruptedException {
        try (Reply reply = client.call(call)) {
            return reply.status();
        }
    }

    private static void eventually(HttpCaller client, Call call, int status) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (status(client, call) != status) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }
}
