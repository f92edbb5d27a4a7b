package io.narfi.gateway;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/** A secret as it is written down. */
sealed interface PasswordHash {
    /** Whether {@code secret} is the one; with bcrypt this takes tens of milliseconds of CPU. */
    boolean matches(String secret);

    /**
     * Reads {@code $2y$…} or {@code sha256:<hex>}.
     *
     * @throws IllegalArgumentException if it is neither; the message does not hold the text
     */
    static PasswordHash parse(String text) {
        if (text.startsWith("sha256:")) {
            byte[] digest = HexFormat.of().parseHex(text.substring("sha256:".length()).strip());
            if (digest.length != 32) {
                throw new IllegalArgumentException("sha256 has 64 hex digits, not " + digest.length * 2);
            }
            return new Sha256(digest);
        }
        if (text.matches("\\$2[aby]\\$\\d\\d\\$[./A-Za-z0-9]{53}")) {
            return new Bcrypt(text);
        }
        throw new IllegalArgumentException("must be bcrypt ($2y$...) or sha256:<64 hex digits>");
    }

    /** One round of SHA-256 without salt: for long random texts. */
    @SuppressWarnings("ArrayRecordComponent") // equals and hashCode are ours
    record Sha256(byte[] digest) implements PasswordHash {
        static Sha256 of(String secret) {
            return new Sha256(sha256(secret));
        }

        @Override
        public boolean matches(String secret) {
            return MessageDigest.isEqual(digest, sha256(secret));
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Sha256 other && MessageDigest.isEqual(digest, other.digest);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(digest);
        }

        private static byte[] sha256(String secret) {
            try {
                return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    /** bcrypt as htpasswd and others write it. */
    record Bcrypt(String text) implements PasswordHash {
        /** Passwords are cut off there by bcrypt itself. */
        private static final int MAX_BYTES = 72;

        int cost() {
            return Integer.parseInt(text.substring(4, 6));
        }

        @Override
        public boolean matches(String secret) {
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            return OpenBSDBCrypt.checkPassword(text, bytes.length <= MAX_BYTES ? bytes : Arrays.copyOf(bytes, MAX_BYTES));
        }

        @Override
        public String toString() {
            return "Bcrypt[]";
        }
    }
}
