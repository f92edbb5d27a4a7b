package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class TlsAndGzipTest {
    private static final String LONG = "a line of a log that repeats itself\n".repeat(20_000);

    @TempDir
    private Path folder;

    private static Router router() {
        return new Router(
                "",
                List.of(
                        Route.get("/secure", (request, response) -> response.sendText(200, "" + request.secure())),
                        Route.get("/short", (_, response) -> response.sendText(200, "short")),
                        Route.get("/long", (_, response) -> response.sendText(200, LONG)),
                        Route.get("/stream", (_, response) -> {
                            try (OutputStream out = response.stream()) {
                                out.write(LONG.getBytes(StandardCharsets.UTF_8));
                            }
                        }),
                        Route.get("/coded", (_, response) -> response.header("Content-Encoding", "x").sendText(200, LONG)),
                        Route.get("/fails", (_, response) -> {
                            response.stream().write(new byte[100]);
                            throw ApiException.badRequest("no");
                        })));
    }

    @Test
    void tlsWithBothProtocols() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        HttpServerConfig config =
                HttpServerConfig.of("127.0.0.1", 0).tls(new HttpServerConfig.Tls(certificate.certificate(), certificate.key()));
        HttpServer server = new HttpServer(config, router(), new SimpleMeterRegistry());
        server.start();
        URI origin = URI.create("https://127.0.0.1:" + server.port());
        try (HttpCaller caller = new HttpCaller(HttpCallerConfig.DEFAULT.trusted(certificate.certificate()), new SimpleMeterRegistry());
                HttpCaller distrustful = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
                HttpClient http2 = HttpClient.newBuilder().sslContext(trusting(certificate.certificate())).build()) {
            for (int i = 0; i < 3; i++) {
                try (Reply reply = caller.call(Call.get(origin, "/secure"))) {
                    assertThat(new String(reply.readAll(10), StandardCharsets.UTF_8)).isEqualTo("true");
                }
                try (Reply reply = caller.call(Call.get(origin, "/long"))) {
                    assertThat(reply.readAll(LONG.length())).hasSize(LONG.length());
                }
            }
            assertThatThrownBy(() -> distrustful.call(Call.get(origin, "/secure"))).isInstanceOf(NotSentException.class);
            HttpResponse<String> response =
                    http2.send(HttpRequest.newBuilder(origin.resolve("/long")).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(response.body()).isEqualTo(LONG);
            // Clear text on the port of TLS.
            try (RawClient plain = new RawClient(server.port())) {
                plain.send("GET /secure HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(plain.closedByServer()).isTrue();
            }
        }
        server.stop();
    }

    @Test
    void aCertificateThatCannotBeReadFailsTheStart() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.pem"), "nothing");
        HttpServerConfig config = HttpServerConfig.of("127.0.0.1", 0).tls(new HttpServerConfig.Tls(broken, broken));
        HttpServer server = new HttpServer(config, router(), new SimpleMeterRegistry());
        assertThatThrownBy(server::start).isInstanceOf(IOException.class).hasMessageContaining("broken.pem");
        server.stop();
    }

    private static SSLContext trusting(Path certificate) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            keys.setCertificateEntry("a", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void compressesWhenAskedAndSwitchedOn() throws Exception {
        HttpServer server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0).compress(true), router(), new SimpleMeterRegistry());
        server.start();
        URI origin = URI.create("http://127.0.0.1:" + server.port());
        try (HttpCaller caller = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry())) {
            for (String path : List.of("/long", "/stream")) {
                try (Reply reply = caller.call(Call.get(origin, path).header("Accept-Encoding", "br, GZIP;q=0.5"))) {
                    assertThat(reply.headers().get("Content-Encoding")).isEqualTo("gzip");
                    assertThat(reply.headers().get("Vary")).isEqualTo("Accept-Encoding");
                    byte[] packed = reply.readAll(1 << 20);
                    assertThat(packed.length).isLessThan(LONG.length() / 10);
                    assertThat(new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes()).asString().isEqualTo(LONG);
                }
                for (String no : List.of("identity", "gzip;q=0", "gzipped")) {
                    try (Reply reply = caller.call(Call.get(origin, path).header("Accept-Encoding", no))) {
                        assertThat(reply.headers().get("Content-Encoding")).isNull();
                        assertThat(reply.readAll(1 << 20)).asString().isEqualTo(LONG);
                    }
                }
            }
            for (String path : List.of("/short", "/coded")) {
                try (Reply reply = caller.call(Call.get(origin, path).header("Accept-Encoding", "gzip"))) {
                    assertThat(reply.headers().get("Content-Encoding")).isNotEqualTo("gzip");
                }
            }
            try (Reply reply = caller.call(Call.get(origin, "/fails").header("Accept-Encoding", "gzip"))) {
                assertThat(reply.status()).isEqualTo(400);
                assertThat(reply.headers().get("Content-Encoding")).isNull();
                assertThat(reply.readAll(10)).asString().isEqualTo("no\n");
            }
        }
        server.stop();
    }

    @Test
    void doesNotCompressUnlessSwitchedOn() throws Exception {
        HttpServer server = new HttpServer(HttpServerConfig.of("127.0.0.1", 0), router(), new SimpleMeterRegistry());
        server.start();
        try (HttpCaller caller = new HttpCaller(HttpCallerConfig.DEFAULT, new SimpleMeterRegistry());
                Reply reply = caller.call(
                        Call.get(URI.create("http://127.0.0.1:" + server.port()), "/long").header("Accept-Encoding", "gzip"))) {
            assertThat(reply.headers().get("Content-Encoding")).isNull();
        }
        server.stop();
    }

    @Test
    void gunzipIsLimited() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(new byte[100_000]);
        }
        byte[] bytes = packed.toByteArray();
        assertThat(Bodies.gunzip(new ByteArrayInputStream(bytes), 100_000).readAllBytes()).hasSize(100_000);
        try (InputStream bomb = Bodies.gunzip(new ByteArrayInputStream(bytes), 99_999)) {
            assertThatThrownBy(bomb::readAllBytes).isInstanceOf(BodyTooLargeException.class);
        }
        assertThat(Bodies.readAll(new ByteArrayInputStream(new byte[10]), 10)).hasSize(10);
        assertThatThrownBy(() -> Bodies.readAll(new ByteArrayInputStream(new byte[11]), 10)).isInstanceOf(BodyTooLargeException.class);
    }
}
