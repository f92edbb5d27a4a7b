/**
 * The object store on S3: Ceph RGW first, then MinIO and AWS. {@link io.narfi.storage.s3.S3ObjectStore} has one method per operation;
 * what one try does wrong {@code S3Errors} classifies, and {@code Retries} decides whether there is another.
 *
 * <p>Settings that matter on Ceph: checksums only where the protocol requires them (current SDKs add trailers that older gateways
 * refuse), an MD5 on DeleteObjects, path-style addresses, and never a question for the bucket's location.
 *
 * <p>The HTTP client is Apache 5, with one connection per call in flight and a bound on them. Measured against one RGW on a busy machine
 * of two cores, CPU per call with Apache 5, URLConnection and Netty's asynchronous client: ranged GET of 256 KiB 1.1, 1.2 and 1.6 ms, of
 * 8 MiB 6.0, 6.3 and 10.5 ms, PUT of 50 kB 2.2, 3.2 and 2.7 ms. URLConnection is as good but cannot bound its connections; Netty pays
 * for a detour through its event loops that blocking callers have no use for. Threads wait in plain socket reads, which an interrupt ends
 * on virtual threads, but not on platform threads: there the time-outs do.
 *
 * <p>An RGW without {@code tcp_nodelay=1} in {@code rgw frontends} holds the end of an answer back until the client's delayed
 * acknowledgement: 48 ms instead of 2.7 for a ranged GET of 50 kB, measured on one machine.
 */
@NullMarked
package io.narfi.storage.s3;

import org.jspecify.annotations.NullMarked;
