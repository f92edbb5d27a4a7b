package io.narfi.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.storage.object.FilesystemObjectStore;
import io.narfi.storage.object.MeteredObjectStore;
import io.narfi.storage.object.ObjectStore;
import io.narfi.storage.s3.S3Config;
import io.narfi.storage.s3.S3ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the object store of a configuration: the bucket if one is named, else a folder. */
final class Stores {
    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

    private Stores() {}

    static ObjectStore open(NarfiConfig config, MeterRegistry registry) throws IOException {
        NarfiConfig.S3Settings s3 = config.s3();
        if (s3.bucketnames().isEmpty()) {
            Path folder = Path.of(config.storeDirectory()).toAbsolutePath();
            LOG.atInfo().addKeyValue("folder", folder).log("object store is a folder");
            return new MeteredObjectStore(new FilesystemObjectStore(folder), registry);
        }
        LOG.atInfo().addKeyValue("endpoint", s3.endpoint()).addKeyValue("bucket", s3.bucketnames()).log("object store is S3");
        S3Config.Builder builder = S3Config.builder(s3.bucketnames())
                .endpoint(s3.endpoint())
                .insecure(s3.insecure())
                .forcePathStyle(s3.s3forcepathstyle())
                .prefix(s3.prefix())
                .caFile(s3.httpConfig().caFile())
                .insecureSkipVerify(s3.httpConfig().insecureSkipVerify())
                .responseTimeout(Duration.ofNanos(s3.httpConfig().responseHeaderTimeout()));
        if (!s3.region().isEmpty()) {
            builder.region(s3.region());
        }
        if (!s3.accessKeyId().isEmpty()) {
            builder.credentials(s3.accessKeyId(), s3.secretAccessKey()).sessionToken(s3.sessionToken());
        }
        return new S3ObjectStore(builder.build(), registry);
    }
}
