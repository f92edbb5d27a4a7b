package io.narfi.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The options of all commands, logcli's by name and meaning; they may stand before or after the command. What is not given is taken from
 * the environment variable that the option names.
 */
final class ClientOptions {
    private static final String DEFAULT_ADDRESS = "http://localhost:3100";

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help and end.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(names = {"-q", "--quiet"}, scope = ScopeType.INHERIT, description = "Do not print the URL, common labels and the like on standard error.")
    private boolean quiet;

    @Option(names = "--stats", scope = ScopeType.INHERIT, description = "Print the server's statistics of queries on standard error.")
    private boolean stats;

    @Option(names = {"-o", "--output"}, scope = ScopeType.INHERIT, paramLabel = "MODE",
            description = "How lines are printed: default, raw (the line alone) or jsonl.")
    private OutputMode output = OutputMode.DEFAULT;

    @Option(names = {"-z", "--timezone"}, scope = ScopeType.INHERIT, paramLabel = "ZONE",
            description = "Time zone of printed times and of arguments that name none: Local, UTC, or a name such as Europe/Berlin (default: Local).")
    private String timezone = "Local";

    @Option(names = "--output-timestamp-format", scope = ScopeType.INHERIT, paramLabel = "FORMAT",
            description = "Format of times in the default output: rfc3339 (default), rfc3339nano, rfc822z, rfc1123z, stampmicro, stampmilli, "
                    + "stampnano, unixdate.")
    private TimestampFormat timestampFormat = TimestampFormat.RFC3339;

    @Option(names = "--addr", scope = ScopeType.INHERIT, paramLabel = "URL", descriptionKey = "LOKI_ADDR",
            description = "The server (LOKI_ADDR; default: http://localhost:3100).")
    private @Nullable String address;

    @Option(names = "--username", scope = ScopeType.INHERIT, paramLabel = "NAME", descriptionKey = "LOKI_USERNAME",
            description = "User for basic authentication (LOKI_USERNAME).")
    private String username = "";

    @Option(names = "--password", scope = ScopeType.INHERIT, paramLabel = "TEXT", descriptionKey = "LOKI_PASSWORD",
            description = "Password for basic authentication (LOKI_PASSWORD).")
    private String password = "";

    @Option(names = "--bearer-token", scope = ScopeType.INHERIT, paramLabel = "TOKEN", descriptionKey = "LOKI_BEARER_TOKEN",
            description = "Token for authentication (LOKI_BEARER_TOKEN).")
    private String bearerToken = "";

    @Option(names = "--bearer-token-file", scope = ScopeType.INHERIT, paramLabel = "FILE", descriptionKey = "LOKI_BEARER_TOKEN_FILE",
            description = "File with the token (LOKI_BEARER_TOKEN_FILE).")
    private @Nullable Path bearerTokenFile;

    @Option(names = "--auth-header", scope = ScopeType.INHERIT, paramLabel = "NAME", descriptionKey = "LOKI_AUTH_HEADER",
            description = "Header that carries the authentication (LOKI_AUTH_HEADER; default: Authorization).")
    private String authHeader = "Authorization";

    @Option(names = "--org-id", scope = ScopeType.INHERIT, paramLabel = "TENANT", descriptionKey = "LOKI_ORG_ID",
            description = "Tenant, sent as X-Scope-OrgID (LOKI_ORG_ID).")
    private String orgId = "";

    @Option(names = "--query-tags", scope = ScopeType.INHERIT, paramLabel = "TAGS", descriptionKey = "LOKI_QUERY_TAGS",
            description = "Tags of the query, sent as X-Query-Tags (LOKI_QUERY_TAGS).")
    private String queryTags = "";

    @Option(names = "--nocache", scope = ScopeType.INHERIT, descriptionKey = "LOKI_NO_CACHE",
            description = "Ask for answers that do not come from a cache (LOKI_NO_CACHE).")
    private boolean noCache;

    @Option(names = "--header", scope = ScopeType.INHERIT, paramLabel = "'NAME: VALUE'", description = "A further header; may be repeated.")
    private List<String> headers = new ArrayList<>();

    @Option(names = "--ca-cert", scope = ScopeType.INHERIT, paramLabel = "FILE", descriptionKey = "LOKI_CA_CERT_PATH",
            description = "PEM file with the authorities to trust (LOKI_CA_CERT_PATH).")
    private @Nullable Path caCert;

    @Option(names = "--tls-skip-verify", scope = ScopeType.INHERIT, descriptionKey = "LOKI_TLS_SKIP_VERIFY",
            description = "Accept any certificate of the server (LOKI_TLS_SKIP_VERIFY).")
    private boolean tlsSkipVerify;

    @Option(names = "--cert", scope = ScopeType.INHERIT, paramLabel = "FILE", descriptionKey = "LOKI_CLIENT_CERT_PATH",
            description = "PEM file with the client's certificate (LOKI_CLIENT_CERT_PATH).")
    private @Nullable Path cert;

    @Option(names = "--key", scope = ScopeType.INHERIT, paramLabel = "FILE", descriptionKey = "LOKI_CLIENT_KEY_PATH",
            description = "PEM file with its key (LOKI_CLIENT_KEY_PATH).")
    private @Nullable Path key;

    @Option(names = "--proxy-url", scope = ScopeType.INHERIT, paramLabel = "URL", descriptionKey = "LOKI_HTTP_PROXY_URL",
            description = "HTTP proxy to go through (LOKI_HTTP_PROXY_URL).")
    private String proxyUrl = "";

    @Option(names = "--compress", scope = ScopeType.INHERIT, descriptionKey = "LOKI_HTTP_COMPRESSION",
            description = "Ask for compressed answers (LOKI_HTTP_COMPRESSION).")
    private boolean compress;

    @Option(names = "--retries", scope = ScopeType.INHERIT, paramLabel = "N", descriptionKey = "LOKI_CLIENT_RETRIES",
            description = "How often to repeat a request that failed (LOKI_CLIENT_RETRIES; default: 0, for push 10).")
    private @Nullable Integer retries;

    @Option(names = "--min-backoff", scope = ScopeType.INHERIT, paramLabel = "TIME", descriptionKey = "LOKI_CLIENT_MIN_BACKOFF",
            converter = DurationConverter.class, description = "Pause before the first repetition, seconds or 500ms (LOKI_CLIENT_MIN_BACKOFF; default: 500ms).")
    private long minBackoff = 500_000_000L;

    @Option(names = "--max-backoff", scope = ScopeType.INHERIT, paramLabel = "TIME", descriptionKey = "LOKI_CLIENT_MAX_BACKOFF",
            converter = DurationConverter.class, description = "Longest pause between repetitions (LOKI_CLIENT_MAX_BACKOFF; default: 30s).")
    private long maxBackoff = 30 * Times.SECOND;

    boolean quiet() {
        return quiet;
    }

    boolean stats() {
        return stats;
    }

    OutputMode output() {
        return output;
    }

    TimestampFormat timestampFormat() {
        return timestampFormat;
    }

    /** The time zone, {@code local} for "Local". */
    ZoneId zone(ZoneId local) {
        if (timezone.equalsIgnoreCase("local")) {
            return local;
        }
        try {
            return timezone.equalsIgnoreCase("utc") ? java.time.ZoneOffset.UTC : ZoneId.of(timezone);
        } catch (DateTimeException e) {
            throw new CliException("--timezone: no such time zone: " + timezone, e);
        }
    }

    /** How often a request is repeated. */
    int retries(int unlessGiven) {
        Integer given = retries;
        return given == null ? unlessGiven : given;
    }

    Connection connection(Console console) {
        String given = address == null || address.isEmpty() ? DEFAULT_ADDRESS : address;
        URI uri = uri("--addr", given.replaceAll("/+$", ""));
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new CliException("--addr: an address has no query: " + given);
        }
        if ((cert == null) != (key == null)) {
            throw new CliException("--cert and --key belong together");
        }
        if (minBackoff > maxBackoff) {
            throw new CliException("--min-backoff is longer than --max-backoff");
        }
        URI proxy = proxyUrl.isEmpty() ? null : uri("--proxy-url", proxyUrl);
        return new Connection(
                uri, requestHeaders(), caCert, tlsSkipVerify, cert, key, proxy, compress, retries(0),
                Duration.ofNanos(minBackoff), Duration.ofNanos(maxBackoff));
    }

    private static URI uri(String option, String text) {
        try {
            URI uri = new URI(text);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new CliException(option + ": not an http address: " + text, e);
        }
        throw new CliException(option + ": not an http address: " + text);
    }

    private List<Map.Entry<String, String>> requestHeaders() {
        List<Map.Entry<String, String>> all = new ArrayList<>();
        all.add(Map.entry("User-Agent", "narfi-cli"));
        String authentication = authentication();
        if (!authentication.isEmpty()) {
            all.add(Map.entry(authHeader, authentication));
        }
        if (!orgId.isEmpty()) {
            all.add(Map.entry("X-Scope-OrgID", orgId));
        }
        if (!queryTags.isEmpty()) {
            all.add(Map.entry("X-Query-Tags", queryTags));
        }
        if (noCache) {
            all.add(Map.entry("Cache-Control", "no-cache"));
        }
        for (String header : headers) {
            int colon = header.indexOf(':');
            if (colon <= 0) {
                throw new CliException("--header: expected 'NAME: VALUE': " + header);
            }
            all.add(Map.entry(header.substring(0, colon).strip(), header.substring(colon + 1).strip()));
        }
        return all;
    }

    private String authentication() {
        boolean basic = !username.isEmpty() || !password.isEmpty();
        int ways = (basic ? 1 : 0) + (bearerToken.isEmpty() ? 0 : 1) + (bearerTokenFile == null ? 0 : 1);
        if (ways > 1) {
            throw new CliException("only one of --username with --password, --bearer-token and --bearer-token-file can be used");
        }
        if (basic) {
            return "Basic " + Base64.getEncoder().encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8));
        }
        Path file = bearerTokenFile;
        if (file == null) {
            return bearerToken.isEmpty() ? "" : "Bearer " + bearerToken;
        }
        try {
            return "Bearer " + Files.readString(file).strip();
        } catch (IOException e) {
            throw new CliException("cannot read --bearer-token-file " + file + ": " + ApiClient.message(e), e);
        }
    }
}
