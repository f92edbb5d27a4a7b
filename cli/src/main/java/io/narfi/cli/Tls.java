package io.narfi.cli;

import io.narfi.common.ServerTrust;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
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
            context.init(keys(c), trust(c), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new CliException("TLS cannot be set up: " + ApiClient.message(e), e);
        }
    }

    private static TrustManager @Nullable [] trust(Connection c) {
        Path file = c.caCertificates();
        if (c.skipVerify()) {
            return ServerTrust.anything();
        }
        if (file == null) {
            return null;
        }
        try {
            return ServerTrust.authorities(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CliException unreadable(Path file, IOException e) {
        return new CliException("cannot read " + file + ": " + ApiClient.message(e), e);
    }

    private static KeyManager @Nullable [] keys(Connection c) throws GeneralSecurityException {
        Path certificate = c.certificate();
        Path key = c.key();
        if (certificate == null || key == null) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
            store.setKeyEntry("client", privateKey(key), new char[0], ServerTrust.certificates(certificate).toArray(Certificate[]::new));
        } catch (IOException e) {
            throw unreadable(certificate, e);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    /** The first private key of a PEM file. */
    static PrivateKey privateKey(Path file) throws GeneralSecurityException {
        Matcher m;
        try {
            m = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw unreadable(file, e);
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
}
