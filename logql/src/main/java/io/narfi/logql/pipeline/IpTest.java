package io.narfi.logql.pipeline;

import io.narfi.common.GoText;
import org.jspecify.annotations.Nullable;

/** {@code ip("…")}: an address of a range occurs in the text (§6.2). */
final class IpTest implements TextTest {
    private final IpAddress low;
    private final IpAddress high;

    /** @throws StageException if the text is no address, prefix or range */
    IpTest(String pattern) {
        IpAddress[] range = parse(pattern);
        if (range == null) {
            throw new StageException("ip: invalid pattern: " + GoText.quote(pattern));
        }
        this.low = range[0];
        this.high = range[1];
    }

    private static IpAddress @Nullable [] parse(String pattern) {
        int dash = pattern.indexOf('-');
        if (dash >= 0) {
            IpAddress from = IpAddress.parse(pattern.substring(0, dash));
            IpAddress to = IpAddress.parse(pattern.substring(dash + 1));
            return from == null || to == null || from.v4() != to.v4() || from.compareTo(to) > 0 ? null : new IpAddress[] {from, to};
        }
        int slash = pattern.indexOf('/');
        if (slash >= 0) {
            IpAddress address = IpAddress.parse(pattern.substring(0, slash));
            int bits = bits(pattern.substring(slash + 1));
            return address == null || bits < 0 || bits > (address.v4() ? 32 : 128) ? null : address.prefix(bits);
        }
        IpAddress one = IpAddress.parse(pattern);
        return one == null ? null : new IpAddress[] {one, one};
    }

    private static int bits(String text) {
        if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
            return -1;
        }
        int n = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            n = n * 10 + c - '0';
        }
        return n;
    }

    @Override
    public boolean test(byte[] b, int from, int to) {
        int i = from;
        while (i < to) {
            boolean v4 = to - i >= 4 && isDigit(b[i]) && (b[i + 1] == '.' || b[i + 2] == '.' || b[i + 3] == '.');
            if (!v4 && !(to - i >= 5 && looksLikeV6(b, i, to))) {
                i++;
                continue;
            }
            int end = i;
            while (end < to && (b[end] == '.' || isDigit(b[end]) || (!v4 && (b[end] == ':' || isHex(b[end]))))) {
                end++;
            }
            if (isIn(IpAddress.parse(b, i, end))) {
                return true;
            }
            i = end + 1;
        }
        return false;
    }

    private boolean isIn(@Nullable IpAddress a) {
        return a != null && a.v4() == low.v4() && a.compareTo(low) >= 0 && a.compareTo(high) <= 0;
    }

    private static boolean looksLikeV6(byte[] b, int at, int to) {
        if (b[at] == ':') {
            return b[at + 1] == ':' && isHex(b[at + 2]);
        }
        int i = at;
        while (i < to && i - at < 4 && isHex(b[i])) {
            i++;
        }
        return i > at && i < to && b[i] == ':';
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static boolean isHex(byte b) {
        return isDigit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
    }
}
