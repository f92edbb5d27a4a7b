/**
 * The front door: checks who asks, finds out for which tenant, and passes requests by their path to the write, read and backend services.
 *
 * <p>{@link io.narfi.gateway.Gateway} gives the routes. A request goes through {@link io.narfi.gateway.Authenticator}, which turns
 * credentials into an {@link io.narfi.gateway.Identity}, and {@link io.narfi.gateway.Proxy}, which picks a replica from an
 * {@link io.narfi.gateway.UpstreamGroup} and tries another one where that is safe. Bodies pass through as streams; only what may have to
 * be sent twice is kept, up to a limit for each request and one for all.
 *
 * <h2>What is tried again</h2>
 * <ul>
 *   <li>anything of which nothing was sent: no connection to the replica;
 *   <li>a push or a query whose body is kept, when the connection broke before an answer or the answer was 502 or 503. A push that lands
 *       twice does no harm: the engine takes equal entries for one. Queries change nothing;
 *   <li>never a request to the backend that was sent, unless it is a GET;
 *   <li>never after a time-out: the client's time is over.
 * </ul>
 */
@NullMarked
package io.narfi.gateway;

import org.jspecify.annotations.NullMarked;
