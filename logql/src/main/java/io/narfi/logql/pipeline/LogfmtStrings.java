package io.narfi.logql.pipeline;

/** Content of quoted logfmt values that hold escapes. */
final class LogfmtStrings {
    private static final int REPLACEMENT = 0xfffd;

    private LogfmtStrings() {}

    /** Whether every escape is known and no control character stands unescaped. */
    static boolean isValid(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            if (b[i] >= 0 && b[i] < ' ') {
                return false;
            }
            if (b[i] == '\\') {
                i++;
                if (i == to || "\"\\/'bfnrtu".indexOf(b[i]) < 0 || (b[i] == 'u' && JsonStrings.hex4(b, i + 1, to) < 0)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Decodes what {@link #isValid} accepted to {@code out[at…]}, which needs room for the source; gives the end. */
    static int decode(byte[] b, int from, int to, byte[] out, int at) {
        int o = at;
        int i = from;
        while (i < to) {
            if (b[i] != '\\') {
                out[o++] = b[i++];
                continue;
            }
            byte kind = b[i + 1];
            i += 2;
            switch (kind) {
                case 'b' -> out[o++] = '\b';
                case 'f' -> out[o++] = '\f';
                case 'n' -> out[o++] = '\n';
                case 'r' -> out[o++] = '\r';
                case 't' -> out[o++] = '\t';
                case 'u' -> {
                    int rune = JsonStrings.hex4(b, i, to);
                    i += 4;
                    if (rune >= 0xd800 && rune < 0xe000) {
                        int low = i + 1 < to && b[i] == '\\' && b[i + 1] == 'u' ? JsonStrings.hex4(b, i + 2, to) : -1;
                        if (rune < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
                            rune = 0x10000 + ((rune - 0xd800) << 10) + low - 0xdc00;
                            i += 6;
                        } else {
                            rune = REPLACEMENT;
                        }
                    }
                    o = JsonStrings.encode(rune, out, o);
                }
                default -> out[o++] = kind;
            }
        }
        return o;
    }
}
