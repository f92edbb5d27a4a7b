package io.narfi.http;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ApiException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Serves one request on its virtual thread: finds the route, runs the handler, makes errors into responses, measures. */
final class ExchangeRunner implements Runnable {
    private static final Logger logger = LoggerFactory.getLogger(ExchangeRunner.class);
    private static final int UNAUTHORIZED = 401;
    static final String CANCELLED = "the request was cancelled by the client";

    private final Exchange exchange;
    private final ServerContext server;
    private final boolean admitted;
    private final Consumer<ServerResponse> done;
    private final ServerResponse response;
    private String routeName = "other";
    private ErrorStyle errors = ErrorStyle.LINE;

    /**
     * Makes a runner.
     *
     * @param admitted false to answer 503 because too many requests run
     * @param done told at the end, on this thread
     */
    ExchangeRunner(Exchange exchange, boolean admitted, Consumer<ServerResponse> done) {
        this.exchange = requireNonNull(exchange, "exchange is null");
        this.server = exchange.server;
        this.admitted = admitted;
        this.done = requireNonNull(done, "done is null");
        this.response = new ServerResponse(exchange);
    }

    @Override
    public void run() {
        long start = System.nanoTime();
        MDC.put("request_id", exchange.id());
        try {
            exchange.runsOn(Thread.currentThread());
            serve();
        } finally {
            response.abort();
            int status = exchange.cancelled() && !response.complete() && !response.switched() ? 499 : response.status();
            long nanos = System.nanoTime() - start;
            server.metrics.served(routeName, exchange.method(), status, response.switched(), nanos);
            logger.debug("method={} path={} status={} micros={}", exchange.method(), exchange.rawPath(), status, nanos / 1000);
            MDC.remove("request_id");
            done.accept(response);
        }
    }

    private void serve() {
        try {
            if (!admitted) {
                server.metrics.rejected(ServerMetrics.Rejection.REQUESTS);
                throw new ApiException(503, "too many concurrent requests");
            }
            route();
            response.finish();
        } catch (ApiException e) {
            fail(e.status(), e.text());
        } catch (Throwable e) {
            if (exchange.cancelled()) {
                fail(499, CANCELLED);
            } else if (e instanceof InterruptedException || Thread.currentThread().isInterrupted()) {
                fail(503, "the server is stopping");
            } else {
                bug(e);
            }
        }
    }

    private void route() throws Exception {
        Router.Match match;
        try {
            match = server.router.match(exchange.method(), exchange.rawPath());
        } catch (ApiException e) {
            // Go refuses such a target before any handler sees it.
            response.sendText(400, "400 Bad Request");
            return;
        }
        switch (match) {
            case Router.Match.Found found -> {
                Route route = found.route();
                routeName = route.metricName();
                errors = route.errors();
                exchange.routed(route, found.pathParams());
                route.handler().handle(exchange, response);
            }
            case Router.Match.NotFound _ -> fail(404, "404 page not found");
            case Router.Match.WrongMethod _ -> response.status(405).send(new byte[0]);
        }
    }

    private void bug(Throwable e) {
        if (e instanceof IOException && response.started()) {
            // The client's end of the connection, not a bug of the handler.
            logger.debug("cannot write the response", e);
            return;
        }
        String errorId = String.format(Locale.ROOT, "%016x", ThreadLocalRandom.current().nextLong());
        server.metrics.panicked();
        logger.error("error_id={} method={} path={} failed", errorId, exchange.method(), exchange.rawPath(), e);
        fail(500, "internal server error, id " + errorId);
    }

    private void fail(int status, String text) {
        if (response.started()) {
            // The client sees a body that is cut off.
            logger.debug("failed with {} after the response began: {}", status, text);
            return;
        }
        // A pending interrupt would cut the error's own writing off.
        boolean interrupted = Thread.interrupted();
        try {
            response.reset();
            response.header("X-Content-Type-Options", "nosniff");
            // A missing tenant is refused before any handler is asked, always in the same form.
            boolean line = errors == ErrorStyle.LINE || status == UNAUTHORIZED;
            byte[] body = (line ? text + "\n" : text).getBytes(StandardCharsets.UTF_8);
            response.send(status, "text/plain; charset=utf-8", body);
        } catch (IOException e) {
            logger.debug("cannot write the error {} {}", status, text, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
