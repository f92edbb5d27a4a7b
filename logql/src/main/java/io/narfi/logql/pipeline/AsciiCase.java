package io.narfi.logql.pipeline;

/** Lower case of ASCII letters; all other bytes stay. */
final class AsciiCase {
    private AsciiCase() {}

    static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }
}
