package io.narfi.logql.pipeline;

/** Why a stage cannot be built; {@link Pipeline} adds which stage it is (§3.3). */
final class StageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StageException(String message) {
        super(message);
    }
}
