package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** An IP address: 128 bits, of which version 4 uses the lowest 32. */
record IpAddress(boolean v4, long top, long bottom) implements Comparable<IpAddress> {
    static @Nullable IpAddress parse(String text) {
        byte[] b = text.getBytes(UTF_8);
        return parse(b, 0, b.length);
    }

    /** Strict: four octets without leading zeros, or eight groups of up to four digits with at most one {@code ::}. */
    static @Nullable IpAddress parse(byte[] b, int from, int to) {
        for (int i = from; i < to && i < from + 5; i++) {
            if (b[i] == ':') {
                return v6(b, from, to);
            }
        }
        long v4 = octets(b, from, to);
        return v4 < 0 ? null : new IpAddress(true, 0, v4);
    }

    private static long octets(byte[] b, int from, int to) {
        long address = 0;
        int at = from;
        for (int octet = 0; octet < 4; octet++) {
            if (octet > 0) {
                if (at >= to || b[at] != '.') {
                    return -1;
                }
                at++;
            }
            int start = at;
            int n = 0;
            while (at < to && at - start < 4 && b[at] >= '0' && b[at] <= '9') {
                n = n * 10 + b[at++] - '0';
            }
            if (at == start || at - start > 3 || n > 255 || (at - start > 1 && b[start] == '0')) {
                return -1;
            }
            address = address << 8 | n;
        }
        return at == to ? address : -1;
    }

    private static @Nullable IpAddress v6(byte[] b, int from, int to) {
        int[] groups = new int[8];
        int count = 0;
        int gap = -1;
        int at = from;
        if (to - from >= 2 && b[from] == ':') {
            if (b[from + 1] != ':') {
                return null;
            }
            gap = 0;
            at += 2;
        }
        while (at < to && count < 8) {
            int start = at;
            int n = 0;
            int digit;
            while (at < to && at - start < 5 && (digit = Character.digit(b[at], 16)) >= 0) {
                n = n << 4 | digit;
                at++;
            }
            if (at == start || at - start > 4) {
                return null;
            }
            if (at < to && b[at] == '.') {
                long v4 = octets(b, start, to);
                if (v4 < 0 || count > 6 || (gap < 0 && count != 6)) {
                    return null;
                }
                groups[count++] = (int) (v4 >>> 16);
                groups[count++] = (int) (v4 & 0xffff);
                at = to;
                break;
            }
            groups[count++] = n;
            if (at == to) {
                break;
            }
            if (b[at] != ':' || at + 1 == to) {
                return null;
            }
            at++;
            if (b[at] == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = count;
                at++;
            }
        }
        return at < to || (gap < 0 ? count < 8 : count == 8) ? null : ofGroups(groups, count, gap);
    }

    private static IpAddress ofGroups(int[] groups, int count, int gap) {
        long[] halves = new long[2];
        for (int i = 0; i < 8; i++) {
            int group = gap < 0 || i < gap ? groups[i] : i < 8 - (count - gap) ? 0 : groups[i - (8 - count)];
            halves[i / 4] = halves[i / 4] << 16 | group;
        }
        return new IpAddress(false, halves[0], halves[1]);
    }

    /** First and last address of a prefix. */
    IpAddress[] prefix(int bits) {
        int fixed = v4 ? bits + 96 : bits;
        long topMask = fixed >= 64 ? -1L : fixed == 0 ? 0 : -1L << (64 - fixed);
        long bottomMask = fixed >= 128 ? -1L : fixed <= 64 ? 0 : -1L << (128 - fixed);
        long limit = v4 ? 0xffffffffL : -1L;
        return new IpAddress[] {
            new IpAddress(v4, top & topMask, bottom & bottomMask),
            new IpAddress(v4, v4 ? 0 : top | ~topMask, (bottom | ~bottomMask) & limit)
        };
    }

    @Override
    public int compareTo(IpAddress o) {
        int c = Long.compareUnsigned(top, o.top);
        return c != 0 ? c : Long.compareUnsigned(bottom, o.bottom);
    }
}
