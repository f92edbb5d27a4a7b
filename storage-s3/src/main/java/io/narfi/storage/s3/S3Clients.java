package io.narfi.storage.s3;

import io.narfi.common.ServerTrust;
import java.io.IOException;
import java.net.URI;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/** Makes the SDK's client as {@link S3Config} and Ceph want it. */
final class S3Clients {
    private S3Clients() {}

    static S3Client create(S3Config config) throws IOException {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(httpClient(config))
                .region(Region.of(config.region()))
                .credentialsProvider(credentials(config))
                .forcePathStyle(config.forcePathStyle())
                // Ceph 16 refuses an empty object that comes as signed chunks.
                .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .addPlugin(LegacyMd5Plugin.create())
                .disableS3ExpressSessionAuth(true)
                .crossRegionAccessEnabled(false)
                // Retries are ours: they know the budget and what a condition means.
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()));
        URI endpoint = config.endpointUri();
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }

    private static SdkHttpClient httpClient(S3Config config) throws IOException {
        Apache5HttpClient.Builder builder = Apache5HttpClient.builder()
                .maxConnections(config.maxConnections())
                .connectionTimeout(config.connectTimeout())
                .connectionAcquisitionTimeout(config.tryTimeout())
                .socketTimeout(config.responseTimeout())
                .tcpKeepAlive(true);
        if (config.insecureSkipVerify()) {
            builder.tlsTrustManagersProvider(ServerTrust::anything);
        } else if (config.caFile() != null) {
            TrustManager[] managers = ServerTrust.authorities(config.caFile());
            builder.tlsTrustManagersProvider(() -> managers);
        }
        return builder.build();
    }

    private static AwsCredentialsProvider credentials(S3Config config) {
        if (config.accessKeyId().isEmpty()) {
            return DefaultCredentialsProvider.builder().build();
        }
        if (config.sessionToken().isEmpty()) {
            return StaticCredentialsProvider.create(AwsBasicCredentials.create(config.accessKeyId(), config.secretAccessKey()));
        }
        return StaticCredentialsProvider.create(AwsSessionCredentials.create(config.accessKeyId(), config.secretAccessKey(), config.sessionToken()));
    }
}
