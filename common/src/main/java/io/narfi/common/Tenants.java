package io.narfi.common;

import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the tenant header {@code X-Scope-OrgID} ({@code http-api.md} §1.3). */
public final class Tenants {
    public static final String HEADER = "X-Scope-OrgID";

    /** The tenant of every request when authentication is off. */
    public static final String SINGLE = "fake";

    private static final int MAX_LENGTH = 150;

    private final boolean authEnabled;

    public Tenants(boolean authEnabled) {
        this.authEnabled = authEnabled;
    }

    /**
     * The one tenant of a request.
     *
     * @throws ApiException 401 without a header, 400 if it is malformed or names several
     */
    public String single(@Nullable String header) {
        List<String> all = all(header);
        if (all.size() > 1) {
            throw ApiException.badRequest("multiple org IDs present");
        }
        return all.getFirst();
    }

    /**
     * The tenants of a request, sorted, each once; never empty.
     *
     * @throws ApiException 401 without a header, 400 if it is malformed
     */
    public List<String> all(@Nullable String header) {
        if (!authEnabled) {
            return List.of(SINGLE);
        }
        if (header == null || header.isEmpty()) {
            throw new ApiException(401, "no org id");
        }
        TreeSet<String> tenants = new TreeSet<>();
        int from = 0;
        while (from <= header.length()) {
            int bar = header.indexOf('|', from);
            int to = bar < 0 ? header.length() : bar;
            tenants.add(validate(header.substring(from, to)));
            from = to + 1;
        }
        return List.copyOf(tenants);
    }

    /** Cuts the part after a colon off and checks what is left. */
    private static String validate(String text) {
        int colon = text.indexOf(':');
        String tenant = colon < 0 ? text : text.substring(0, colon);
        if (tenant.isEmpty()) {
            throw new ApiException(401, "no org id");
        }
        if (tenant.length() > MAX_LENGTH) {
            throw ApiException.badRequest("tenant ID is too long: max " + MAX_LENGTH + " characters");
        }
        for (int i = 0; i < tenant.length(); ) {
            int c = tenant.codePointAt(i);
            if (!isLegal(c)) {
                throw ApiException.badRequest(
                        "tenant ID '" + tenant + "' contains unsupported character '" + Character.toString(c) + "'");
            }
            i += Character.charCount(c);
        }
        if (tenant.equals(".") || tenant.equals("..")) {
            throw ApiException.badRequest("tenant ID is '.' or '..'");
        }
        return tenant;
    }

    private static boolean isLegal(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c < 128 && "!-_.*'()".indexOf(c) >= 0);
    }
}
