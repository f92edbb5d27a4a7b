package io.narfi.http;

import io.narfi.common.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Merges the parameters of a form body and a query string, contract/http-api.md §2.1. */
final class FormReader {
    static final int MAX_FORM_BYTES = 10 << 20;
    private static final Set<String> WITH_FORM = Set.of("POST", "PUT", "PATCH");

    private FormReader() {}

    static Params read(String method, @Nullable String contentType, InputStream body, String rawQuery) {
        Params params = new Params();
        if (WITH_FORM.contains(method) && isForm(contentType)) {
            params.addAll(text(body));
        }
        params.addAll(rawQuery);
        return params;
    }

    private static boolean isForm(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        String type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
        return type.strip().toLowerCase(Locale.ROOT).equals("application/x-www-form-urlencoded");
    }

    private static String text(InputStream body) {
        byte[] form;
        try {
            form = body.readNBytes(MAX_FORM_BYTES + 1);
        } catch (BodyTooLargeException e) {
            throw new ApiException(400, "http: POST too large", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (form.length > MAX_FORM_BYTES) {
            throw ApiException.badRequest("http: POST too large");
        }
        return new String(form, StandardCharsets.UTF_8);
    }
}
