/**
 * The object store on S3: Ceph RGW first, then MinIO and AWS. {@link io.narfi.storage.s3.S3ObjectStore} has one method per operation;
 * what one try does wrong {@code S3Errors} classifies, and {@code Retries} decides whether there is another.
 *
 * <p>Settings that matter on Ceph: checksums only where the protocol requires them (current SDKs add trailers that older gateways
 * refuse), an MD5 on DeleteObjects, path-style addresses, and never a question for the bucket's location.
 *
 * <p>The HTTP client is Apache 5, with one connection per call in flight and a bound on them. Threads wait in plain socket reads, which
 * an interrupt ends on virtual threads, but not on platform threads: there the time-outs do.
 */
@NullMarked
package io.narfi.storage.s3;

import org.jspecify.annotations.NullMarked;
