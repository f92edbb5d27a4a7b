package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir
    private Path dir;

    /** A key pair with a self-signed certificate, as a store and as PEM files NAME.crt and NAME.key. */
    private KeyStore keyPair(String name, String algorithm) throws Exception {
        Path file = dir.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair", "-alias", "a", "-keyalg", algorithm, "-dname", "CN=" + name, "-ext", "SAN=IP:127.0.0.1",
                        "-validity", "2", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", "secret")
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        pem(name + ".crt", "CERTIFICATE", store.getCertificate("a").getEncoded());
        pem(name + ".key", "PRIVATE KEY", store.getKey("a", PASSWORD).getEncoded());
        return store;
    }

    private Path pem(String name, String type, byte[] der) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(dir.resolve(name), "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    }

    private HttpsServer server(KeyStore own, KeyStore clients) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("client", clients.getCertificate("a"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = context.getDefaultSSLParameters();
                tls.setNeedClientAuth(true);
                parameters.setSSLParameters(tls);
            }
        });
        server.createContext("/", exchange -> {
            byte[] body = "{\"data\":[\"secure\"]}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void bothSidesShowCertificates() throws Exception {
        KeyStore client = keyPair("client", "EC");
        HttpsServer server = server(keyPair("server", "RSA"), client);
        try {
            String address = "https://127.0.0.1:" + server.getAddress().getPort();
            TestConsole console = new TestConsole().env("LOKI_ADDR", address).env("LOKI_CA_CERT_PATH", dir.resolve("server.crt").toString())
                    .env("LOKI_CLIENT_CERT_PATH", dir.resolve("client.crt").toString()).env("LOKI_CLIENT_KEY_PATH", dir.resolve("client.key").toString());
            assertThat(console.run("labels")).as(console.err()).isZero();
            assertThat(console.out()).isEqualTo("secure\n");

            console.environment.remove("LOKI_CA_CERT_PATH");
            assertThat(console.run("labels")).as("a certificate of nobody that is known").isEqualTo(1);
            assertThat(console.run("labels", "--tls-skip-verify")).as(console.err()).isZero();

            TestConsole nobody = new TestConsole().env("LOKI_ADDR", address);
            assertThat(nobody.run("labels", "--ca-cert=" + dir.resolve("server.crt"))).as("a client without a certificate").isEqualTo(1);
            TestConsole missing = new TestConsole().env("LOKI_ADDR", address);
            assertThat(missing.run("labels", "--ca-cert=" + dir.resolve("none"))).isEqualTo(1);
            assertThat(missing.err()).contains("cannot read " + dir.resolve("none"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void readsKeysOfBothForms() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        PrivateKey rsa = generator.generateKeyPair().getPrivate();
        byte[] pkcs8 = rsa.getEncoded();
        // PKCS #8 of a 2048-bit key: 26 bytes, then the PKCS #1 key.
        Path old = pem("old.key", "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
        assertThat(Tls.privateKey(old)).isEqualTo(rsa);
        assertThat(Tls.privateKey(pem("new.key", "PRIVATE KEY", pkcs8))).isEqualTo(rsa);
        PrivateKey ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();
        assertThat(Tls.privateKey(pem("ed.key", "PRIVATE KEY", ed.getEncoded()))).isEqualTo(ed);
        TestConsole console = new TestConsole();
        Path none = pem("none.key", "ENCRYPTED PRIVATE KEY", pkcs8);
        Path certificate = pem("c.crt", "CERTIFICATE", new byte[] {1});
        assertThat(console.run("labels", "--cert=" + certificate, "--key=" + none)).isEqualTo(1);
        assertThat(console.err()).contains("none.key holds no key that can be read");
    }
}
