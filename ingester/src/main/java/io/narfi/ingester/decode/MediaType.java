package io.narfi.ingester.decode;

import io.narfi.common.ApiException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The type part of a {@code Content-Type} header, read and refused as Go's {@code mime.ParseMediaType} does (RFC 2045, 2616). */
public final class MediaType {
    private static final String TSPECIALS = "()<>@,;:\\\"/[]?=";

    private final String text;
    private int pos;

    private MediaType(String text) {
        this.text = text;
    }

    /**
     * The media type in lower case, for example {@code application/json}.
     *
     * @throws ApiException 400 with Go's text if there is none or its parameters are broken
     */
    public static String parse(@Nullable String header) {
        String value = header == null ? "" : header;
        int semicolon = value.indexOf(';');
        String base = trim(semicolon < 0 ? value : value.substring(0, semicolon)).toLowerCase(Locale.ROOT);
        checkType(base);
        if (semicolon >= 0) {
            new MediaType(value.substring(semicolon)).parameters();
        }
        return base;
    }

    private static void checkType(String base) {
        int slash = endOfToken(base, 0);
        if (slash == 0) {
            throw ApiException.badRequest("mime: no media type");
        }
        if (slash == base.length()) {
            return;
        }
        if (base.charAt(slash) != '/') {
            throw ApiException.badRequest("mime: expected slash after first token");
        }
        int end = endOfToken(base, slash + 1);
        if (end == slash + 1) {
            throw ApiException.badRequest("mime: expected token after slash");
        }
        if (end != base.length()) {
            throw ApiException.badRequest("mime: unexpected content after media subtype");
        }
    }

    private void parameters() {
        Set<String> seen = new HashSet<>();
        while (true) {
            skipBlanks();
            if (pos == text.length()) {
                return;
            }
            int rest = pos;
            String name = parameter();
            if (name == null) {
                if (trim(text.substring(rest)).equals(";")) {
                    return;
                }
                throw ApiException.badRequest("mime: invalid media parameter");
            }
            if (!seen.add(name)) {
                throw ApiException.badRequest("mime: duplicate parameter name");
            }
        }
    }

    /** Consumes {@code ; name = value}; its name, or null if that is not what stands here. */
    private @Nullable String parameter() {
        if (text.charAt(pos) != ';') {
            return null;
        }
        pos++;
        skipBlanks();
        int from = pos;
        pos = endOfToken(text, from);
        if (pos == from) {
            return null;
        }
        String name = text.substring(from, pos).toLowerCase(Locale.ROOT);
        skipBlanks();
        if (pos == text.length() || text.charAt(pos) != '=') {
            return null;
        }
        pos++;
        skipBlanks();
        return value() ? name : null;
    }

    private boolean value() {
        if (pos == text.length()) {
            return false;
        }
        if (text.charAt(pos) != '"') {
            int from = pos;
            pos = endOfToken(text, from);
            return pos > from;
        }
        for (int i = pos + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                pos = i + 1;
                return true;
            }
            if (c == '\\' && i + 1 < text.length() && TSPECIALS.indexOf(text.charAt(i + 1)) >= 0) {
                i++;
            } else if (c == '\r' || c == '\n') {
                return false;
            }
        }
        return false;
    }

    private void skipBlanks() {
        while (pos < text.length() && Character.isWhitespace(text.charAt(pos))) {
            pos++;
        }
    }

    private static int endOfToken(String s, int from) {
        int i = from;
        while (i < s.length() && s.charAt(i) > ' ' && s.charAt(i) < 0x7f && TSPECIALS.indexOf(s.charAt(i)) < 0) {
            i++;
        }
        return i;
    }

    private static String trim(String s) {
        return s.strip();
    }
}
