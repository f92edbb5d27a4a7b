package io.narfi.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.object.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose certificate only its own file vouches for. */
final class S3TlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    private static Path folder;

    private static StubS3 stub;

    @BeforeAll
    static void start() throws Exception {
        Path keys = folder.resolve("keys.p12");
        List<String> keytool = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "s3", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1", "-validity", "2",
                "-keystore", keys.toString(), "-storetype", "PKCS12", "-storepass", new String(PASSWORD));
        Process process = new ProcessBuilder(keytool).redirectErrorStream(true).redirectOutput(folder.resolve("keytool.out").toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(folder.resolve("keytool.out"))).isZero();

        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD);
        }
        String base64 = Base64.getMimeEncoder().encodeToString(store.getCertificate("s3").getEncoded());
        Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        stub = new StubS3(context).then(200, "hello");
    }

    @AfterAll
    static void stop() {
        stub.close();
    }

    @Test
    void anUnknownCertificateIsRefusedAtOnce() {
        assertThatThrownBy(() -> read(stub.config().insecure(false)))
                .isInstanceOfSatisfying(ObjectStoreException.class, e -> assertThat(e.retryable()).isFalse());
    }

    @Test
    void aCaFileVouchesForIt() throws IOException {
        assertThat(read(stub.config().insecure(false).caFile(folder.resolve("ca.pem").toString()))).isEqualTo("hello");
    }

    @Test
    void skippedVerificationTakesAnything() throws IOException {
        assertThat(read(stub.config().insecure(false).insecureSkipVerify(true))).isEqualTo("hello");
        // Another name than the certificate has.
        assertThat(read(stub.config().endpoint("https://localhost:" + stub.port()).insecureSkipVerify(true))).isEqualTo("hello");
    }

    @Test
    void aFileWithoutCertificatesIsAnErrorAtTheStart() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.pem"));
        assertThatThrownBy(() -> read(stub.config().caFile(empty.toString()))).isInstanceOf(IOException.class).hasMessageContaining("empty.pem");
        assertThatThrownBy(() -> read(stub.config().caFile(folder.resolve("missing").toString()))).isInstanceOf(IOException.class);
    }

    private static String read(S3Config.Builder config) throws IOException {
        try (ObjectStore store = new S3ObjectStore(config.build(), new SimpleMeterRegistry())) {
            return new String(store.get("k", 10), UTF_8);
        }
    }
}
