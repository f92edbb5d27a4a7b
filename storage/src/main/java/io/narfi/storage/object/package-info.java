/**
 * The object store: immutable objects under keys, with create-if-absent as the only conditional write. Implementations must give
 * read-after-write and list-after-write consistency, as S3, Ceph RGW and MinIO do.
 */
@NullMarked
package io.narfi.storage.object;

import org.jspecify.annotations.NullMarked;
