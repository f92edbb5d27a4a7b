package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Tenants;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns the Authorization field into an {@link Identity} and decides the tenant. bcrypt costs tens of milliseconds, so what it said is
 * remembered for a while, by a keyed digest of name and password, and only a few run at once: guessing passwords must not eat the processor
 * that serves everybody.
 */
final class Authenticator {
    static final int CHECKS_AT_ONCE = 2;
    private static final int REMEMBERED = 10_000;
    private static final Duration REMEMBER = Duration.ofMinutes(10);
    private static final Duration CHECK_WAIT = Duration.ofSeconds(2);
    private static final Tenants TENANTS = new Tenants(true);

    private final Supplier<UsersFile> users;
    private final byte[] salt = new byte[32];
    private final Cache<ByteBuffer, Boolean> remembered =
            Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(REMEMBER).build();
    private final Semaphore checks = new Semaphore(CHECKS_AT_ONCE);
    private final Counter unauthorized;
    private final Counter forbidden;
    private final Counter slow;

    Authenticator(Supplier<UsersFile> users, MeterRegistry registry) {
        this.users = requireNonNull(users, "users is null");
        new SecureRandom().nextBytes(salt);
        this.unauthorized = counter(registry, "credentials");
        this.forbidden = counter(registry, "access");
        this.slow = counter(registry, "password_checks");
    }

    private static Counter counter(MeterRegistry registry, String reason) {
        return Counter.builder("narfi.gateway.refused")
                .description("Requests refused: bad credentials (401), no access (403), too many password checks (503)")
                .tag("reason", reason)
                .register(registry);
    }

    /**
     * Who asks; null if the credentials are missing or wrong.
     *
     * @throws ApiException 503 if too many passwords are being checked
     */
    @Nullable Identity authenticate(@Nullable String authorization) throws InterruptedException {
        Identity identity = identity(authorization);
        if (identity == null) {
            unauthorized.increment();
        }
        return identity;
    }

    private @Nullable Identity identity(@Nullable String authorization) throws InterruptedException {
        if (authorization == null) {
            return null;
        }
        int blank = authorization.indexOf(' ');
        if (blank < 0) {
            return null;
        }
        String scheme = authorization.substring(0, blank);
        String rest = authorization.substring(blank + 1).strip();
        if (scheme.equalsIgnoreCase("Bearer")) {
            return users.get().token(rest);
        }
        if (!scheme.equalsIgnoreCase("Basic")) {
            return null;
        }
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(rest), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Not Base64: as good as no credentials.
            return null;
        }
        int colon = pair.indexOf(':');
        UsersFile.Login login = colon < 0 ? null : users.get().user(pair.substring(0, colon));
        return login != null && passes(login.password(), pair, pair.substring(colon + 1)) ? login.identity() : null;
    }

    private boolean passes(PasswordHash hash, String pair, String password) throws InterruptedException {
        if (hash instanceof PasswordHash.Sha256) {
            return hash.matches(password);
        }
        ByteBuffer key = key(hash, pair);
        Boolean known = remembered.getIfPresent(key);
        if (known != null) {
            return known;
        }
        if (!checks.tryAcquire(CHECK_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            slow.increment();
            throw new ApiException(503, "too many password checks");
        }
        try {
            boolean right = hash.matches(password);
            remembered.put(key, right);
            return right;
        } finally {
            checks.release();
        }
    }

    /** The hash is in it, so that an answer for an older password cannot count for a newer one. */
    private ByteBuffer key(PasswordHash hash, String pair) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            if (hash instanceof PasswordHash.Bcrypt(String text)) {
                digest.update(text.getBytes(StandardCharsets.UTF_8));
            }
            return ByteBuffer.wrap(digest.digest(pair.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * The value of the tenant header for the services.
     *
     * @param given the client's own header
     * @throws ApiException 403 if the service or the tenant is not theirs, 401 if no tenant can be told, 400 for a malformed header
     */
    String tenant(Identity identity, UpstreamKind kind, @Nullable String given) {
        if (!identity.access().contains(kind)) {
            forbidden.increment();
            throw new ApiException(403, identity.name() + " has no access to the " + kind.label() + " service");
        }
        if ((given == null || given.isEmpty()) && !identity.tenants().isEmpty()) {
            return identity.tenants().getFirst();
        }
        List<String> named = TENANTS.all(given);
        for (String tenant : named) {
            if (!identity.anyTenant() && !identity.tenants().contains(tenant)) {
                forbidden.increment();
                throw new ApiException(403, identity.name() + " has no access to tenant " + tenant);
            }
        }
        return String.join("|", named);
    }
}
