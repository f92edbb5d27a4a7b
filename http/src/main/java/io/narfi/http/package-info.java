/**
 * The HTTP kit: a server on Netty that runs every handler on a virtual thread, and a client for calls between services.
 *
 * <h2>Server</h2>
 * {@link io.narfi.http.HttpServer} speaks HTTP/1.1 and HTTP/2 (by prior knowledge, by {@code Upgrade: h2c}, or by ALPN under TLS) on one
 * port. The event loop only moves bytes. A {@link io.narfi.http.Router} picks the {@link io.narfi.http.Route}, whose
 * {@link io.narfi.http.Handler} reads the body of the {@link io.narfi.http.Request} as a stream and writes the
 * {@link io.narfi.http.Response}; both block when the other side is slow, so that what one connection holds in memory is bounded:
 * about 192 KiB of body that came in and 256 KiB that go out. Whatever is waited for has a time limit.
 *
 * <h2>Client</h2>
 * {@link io.narfi.http.Caller}, implemented by {@link io.narfi.http.HttpCaller}: blocking calls over pooled HTTP/1.1 connections.
 *
 * <h2>Errors</h2>
 * A handler throws {@link io.narfi.common.ApiException} for what the client did wrong; the route's {@link io.narfi.http.ErrorStyle} says
 * which of Loki's two text forms it gets. Anything else that is thrown is answered by 500 and an id that is in the log.
 */
@NullMarked
package io.narfi.http;

import org.jspecify.annotations.NullMarked;
