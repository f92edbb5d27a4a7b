package io.narfi.storage.s3;

import io.narfi.storage.object.ObjectStoreException;
import io.narfi.storage.object.ObjectStores;
import java.io.IOException;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** What a failure of the SDK means for the caller of a store. */
final class S3Errors {
    private static final Set<Integer> RETRYABLE_STATUSES = Set.of(408, 409, 425, 429, 500, 502, 503, 504);
    private static final Set<String> RETRYABLE_CODES = Set.of(
            "ConditionalRequestConflict", "InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException");
    private static final int MAX_CAUSES = 20;

    private S3Errors() {}

    /** Any failure but the answers that an operation expects. */
    static IOException translate(String what, SdkException e) {
        if (Thread.currentThread().isInterrupted() || e instanceof AbortedException) {
            return ObjectStores.interrupted(what, e);
        }
        return switch (e) {
            case AwsServiceException answer -> new ObjectStoreException(what + ": " + describe(answer), answer, isRetryable(answer));
            case ApiCallAttemptTimeoutException timeout -> new ObjectStoreException(what + ": no answer in time", timeout, true);
            case ApiCallTimeoutException timeout -> new ObjectStoreException(what + ": no answer in time", timeout, true);
            default -> new ObjectStoreException(what + ": " + describeClient(e), e, isConnectionLost(e));
        };
    }

    static boolean isCode(AwsServiceException e, String code) {
        return e.awsErrorDetails() != null && code.equals(e.awsErrorDetails().errorCode());
    }

    /** Whether DeleteObjects may succeed later for a key that it gave this code for. */
    static boolean isRetryableCode(@Nullable String code) {
        return code != null && RETRYABLE_CODES.contains(code);
    }

    private static boolean isRetryable(AwsServiceException e) {
        return RETRYABLE_STATUSES.contains(e.statusCode())
                || (e.awsErrorDetails() != null && isRetryableCode(e.awsErrorDetails().errorCode()));
    }

    private static String describe(AwsServiceException e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return "status " + e.statusCode() + (code == null ? "" : ", " + code) + (e.requestId() == null ? "" : ", request " + e.requestId());
    }

    /** The SDK's own message says little; the innermost cause says what happened. */
    private static String describeClient(SdkException e) {
        Throwable innermost = e.getCause();
        if (innermost == null) {
            return String.valueOf(e.getMessage());
        }
        for (int i = 0; i < MAX_CAUSES && innermost.getCause() != null; i++) {
            innermost = innermost.getCause();
        }
        return innermost.getClass().getSimpleName() + ": " + innermost.getMessage();
    }

    private static boolean isConnectionLost(SdkException e) {
        Throwable cause = e;
        boolean io = e.retryable();
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause instanceof SSLHandshakeException || cause instanceof SSLPeerUnverifiedException) {
                return false;
            }
            io |= cause instanceof IOException;
            cause = cause.getCause();
        }
        return io;
    }
}
