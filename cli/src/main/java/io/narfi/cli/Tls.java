package io.narfi.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS from PEM files. Keys are PKCS #8 (RSA, EC, EdDSA) or PKCS #1 (RSA), not encrypted. */
final class Tls {
    private static final Pattern KEY = Pattern.compile("-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    /** The DER of the algorithm rsaEncryption, which PKCS #8 puts before a PKCS #1 key. */
    private static final byte[] RSA_ALGORITHM = {0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

    private Tls() {}

    static SSLContext context(Connection c) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            Path trusted = c.caCertificates();
            TrustManager[] trust = c.skipVerify() ? new TrustManager[] {new TrustAll()} : trusted == null ? null : trusting(trusted);
            context.init(keys(c), trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new CliException("TLS cannot be set up: " + ApiClient.message(e), e);
        }
    }

    private static TrustManager[] trusting(Path file) throws GeneralSecurityException {
        KeyStore store = emptyStore();
        int i = 0;
        for (Certificate certificate : certificates(file)) {
            store.setCertificateEntry("ca-" + i++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager @Nullable [] keys(Connection c) throws GeneralSecurityException {
        Path certificate = c.certificate();
        Path key = c.key();
        if (certificate == null || key == null) {
            return null;
        }
        KeyStore store = emptyStore();
        store.setKeyEntry("client", privateKey(key), new char[0], certificates(certificate).toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> all = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (all.isEmpty()) {
                throw new CliException(file + " holds no certificate");
            }
            return all;
        } catch (IOException e) {
            throw new CliException("cannot read " + file + ": " + ApiClient.message(e), e);
        }
    }

    /** The first private key of a PEM file. */
    static PrivateKey privateKey(Path file) throws GeneralSecurityException {
        Matcher m;
        try {
            m = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new CliException("cannot read " + file + ": " + ApiClient.message(e), e);
        }
        while (m.find()) {
            byte[] der = Base64.getMimeDecoder().decode(m.group(2));
            switch (m.group(1)) {
                case "PRIVATE KEY" -> {
                    return pkcs8(der, file);
                }
                case "RSA PRIVATE KEY" -> {
                    return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(wrapped(der)));
                }
                default -> {
                    // Another kind; a good one may follow.
                }
            }
        }
        throw new CliException(file + " holds no key that can be read; convert it with: openssl pkcs8 -topk8 -nocrypt");
    }

    private static PrivateKey pkcs8(byte[] der, Path file) throws GeneralSecurityException {
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                // A key of another algorithm: the next one.
            }
        }
        throw new CliException(file + " holds a key of an unknown kind");
    }

    /** PKCS #8 around PKCS #1: SEQUENCE { INTEGER 0, algorithm, OCTET STRING key }. */
    private static byte[] wrapped(byte[] key) {
        byte[] version = {0x02, 0x01, 0x00};
        return tagged(0x30, version, RSA_ALGORITHM, tagged(0x04, key));
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >>> 8 * i);
            }
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** For {@code --tls-skip-verify}: the user said that any certificate is good enough. */
    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
