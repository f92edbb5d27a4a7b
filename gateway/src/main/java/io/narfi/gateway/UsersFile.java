package io.narfi.gateway;

import io.narfi.common.ApiException;
import io.narfi.common.Tenants;
import io.narfi.common.config.ConfigException;
import io.narfi.common.config.ConfigReader;
import io.narfi.common.config.Setting;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask, from a YAML file:
 *
 * <pre>{@code
 * users:                        # basic authentication
 *   - name: grafana
 *     password: "$2y$10$..."    # bcrypt, or sha256:<64 hex digits>
 *     tenants: [team-a, team-b] # the first unless X-Scope-OrgID names others of them; "*" allows every tenant
 *     access: [read]            # of write, read, backend; all if left out
 * tokens:                       # Authorization: Bearer ...
 *   - name: alloy
 *     token: "sha256:<64 hex digits>"
 *     tenants: [team-a]
 *     access: [write]
 * }</pre>
 *
 * Tokens are long random texts, for which one round of SHA-256 is enough; passwords should have bcrypt.
 */
final class UsersFile {
    private static final int MAX_BCRYPT_COST = 14;

    /** The shape of the file. */
    record Shape(List<User> users, List<Token> tokens) {}

    record User(String name, @Setting(secret = true) String password, List<String> tenants, List<String> access) {}

    record Token(String name, @Setting(secret = true) String token, List<String> tenants, List<String> access) {}

    /** A user's secret, hashed, and who that is. */
    record Login(PasswordHash password, Identity identity) {}

    private final Map<String, Login> users = new HashMap<>();
    private final Map<PasswordHash.Sha256, Identity> tokens = new HashMap<>();

    /**
     * Reads a file.
     *
     * @param name for messages
     * @throws ConfigException if it cannot be understood
     */
    UsersFile(String name, String yaml) {
        if (yaml.isBlank()) {
            // Most likely read while it was being written: not a wish to lock everybody out.
            throw new ConfigException(name + ": the file is empty");
        }
        Shape shape = new ConfigReader(name, ConfigReader.UnknownKeys.REFUSE).read(yaml, Shape.class);
        for (User user : shape.users()) {
            PasswordHash hash = hash(name, user.name(), user.password());
            if (users.put(user.name(), new Login(hash, identity(name, user.name(), user.tenants(), user.access()))) != null) {
                throw new ConfigException(name + ": user " + user.name() + " stands twice");
            }
        }
        for (Token token : shape.tokens()) {
            if (!(hash(name, token.name(), token.token()) instanceof PasswordHash.Sha256 hash)) {
                throw new ConfigException(name + ": the token of " + token.name() + " must be sha256:<64 hex digits>");
            }
            if (tokens.put(hash, identity(name, token.name(), token.tenants(), token.access())) != null) {
                throw new ConfigException(name + ": the token of " + token.name() + " stands twice");
            }
        }
    }

    @Nullable Login user(String name) {
        return users.get(name);
    }

    @Nullable Identity token(String token) {
        return tokens.get(PasswordHash.Sha256.of(token));
    }

    int size() {
        return users.size() + tokens.size();
    }

    private static PasswordHash hash(String file, String who, String text) {
        if (who.isEmpty() || who.contains(":")) {
            throw new ConfigException(file + ": a user needs a name, without a colon: " + who);
        }
        try {
            PasswordHash hash = PasswordHash.parse(text);
            if (hash instanceof PasswordHash.Bcrypt bcrypt && bcrypt.cost() > MAX_BCRYPT_COST) {
                throw new ConfigException(file + ": bcrypt of " + who + " costs more than " + MAX_BCRYPT_COST + " rounds");
            }
            return hash;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(file + ": secret of " + who + ": " + e.getMessage(), e);
        }
    }

    private static Identity identity(String file, String who, List<String> tenants, List<String> access) {
        List<String> named = new ArrayList<>(tenants);
        boolean any = named.remove("*");
        if (named.isEmpty() && !any) {
            throw new ConfigException(file + ": " + who + " has no tenants");
        }
        try {
            for (String tenant : named) {
                if (!new Tenants(true).single(tenant).equals(tenant)) {
                    throw new ConfigException(file + ": " + who + ": not a tenant: " + tenant);
                }
            }
        } catch (ApiException e) {
            throw new ConfigException(file + ": " + who + ": " + e.text(), e);
        }
        Set<UpstreamKind> kinds = EnumSet.noneOf(UpstreamKind.class);
        for (String kind : access) {
            try {
                kinds.add(UpstreamKind.valueOf(kind.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new ConfigException(file + ": " + who + ": access must be of write, read, backend, not " + kind, e);
            }
        }
        return new Identity(who, named, any, kinds.isEmpty() ? EnumSet.allOf(UpstreamKind.class) : kinds);
    }
}
