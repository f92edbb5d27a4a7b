package io.narfi.gateway;

import io.narfi.common.Tenants;
import io.narfi.http.Headers;
import io.narfi.http.Request;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which header fields pass from one side to the other. */
final class ProxyHeaders {
    /** They speak of one connection (RFC 9110 §7.6.1), so they do not pass. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
            "transfer-encoding", "upgrade", "http2-settings");

    private ProxyHeaders() {}

    /**
     * The fields for the service.
     *
     * @param tenant replaces the client's tenant and its credentials; null to pass both
     */
    static Headers forService(Request request, @Nullable String tenant) {
        Headers out = endToEnd(request.headers());
        out.remove("Host").remove("Expect").remove("Content-Length");
        if (tenant != null) {
            out.remove("Authorization").set(Tenants.HEADER, tenant);
        }
        String before = request.header("X-Forwarded-For");
        String client = request.remoteAddress().getAddress().getHostAddress();
        out.set("X-Forwarded-For", before == null ? client : before + ", " + client);
        out.set("X-Forwarded-Proto", request.secure() ? "https" : "http");
        out.set("X-Request-Id", request.id());
        return out;
    }

    /** The fields that concern both ends. */
    static Headers endToEnd(Headers headers) {
        Set<String> dropped = new HashSet<>(HOP_BY_HOP);
        for (String value : headers.all("Connection")) {
            for (String token : value.split(",", -1)) {
                dropped.add(token.strip().toLowerCase(Locale.ROOT));
            }
        }
        Headers out = new Headers();
        headers.forEach((name, value) -> {
            if (!dropped.contains(name.toLowerCase(Locale.ROOT))) {
                out.add(name, value);
            }
        });
        return out;
    }
}
