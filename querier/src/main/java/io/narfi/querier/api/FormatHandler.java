package io.narfi.querier.api;

import io.narfi.common.ApiException;
import io.narfi.http.Handler;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.logql.LogQl;
import io.narfi.logql.PrettyPrinter;
import io.narfi.querier.json.JsonOut;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** {@code format_query}: the query in many lines, or what is wrong with it; needs no tenant. */
final class FormatHandler implements Handler {
    private static final String JSON = "application/json; charset=utf-8";

    Route route() {
        return Route.getOrPost("/loki/api/v1/format_query", this).bare();
    }

    @Override
    public void handle(Request request, Response response) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        JsonOut out = new JsonOut(body);
        int status = 200;
        try {
            String text = PrettyPrinter.print(LogQl.parse(request.params().getOrEmpty("query")));
            out.raw("{\"status\":\"success\",\"data\":").htmlSafeString(text);
        } catch (ApiException e) {
            status = 400;
            out.raw("{\"status\":\"invalid-query\",\"error\":").htmlSafeString(e.text());
        }
        out.raw("}\n").flush();
        response.send(status, JSON, body.toByteArray());
    }
}
