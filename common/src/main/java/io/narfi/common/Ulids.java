package io.narfi.common;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * Makes ULIDs: 48 bits of milliseconds and 80 random bits in Crockford's base 32, 26 characters that sort by time. Two that one
 * generator makes within a millisecond ascend as well.
 */
public final class Ulids {
    private static final char[] ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int LENGTH = 26;

    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private long lastMillis = -1;
    private int high;
    private long low;

    public Ulids(InstantSource clock) {
        this.clock = requireNonNull(clock, "clock is null");
    }

    public synchronized String next() {
        long millis = Math.max(clock.millis(), lastMillis);
        if (millis == lastMillis) {
            low++;
            if (low == 0) {
                high = (high + 1) & 0xffff;
            }
        } else {
            lastMillis = millis;
            high = random.nextInt(1 << 15);
            low = random.nextLong();
        }
        char[] out = new char[LENGTH];
        for (int i = 0; i < 10; i++) {
            out[i] = ALPHABET[(int) (millis >>> (45 - 5 * i)) & 31];
        }
        // 80 bits in 16 characters: the first three and a bit come from `high`.
        for (int i = 0; i < 16; i++) {
            int shift = 75 - 5 * i;
            long bits;
            if (shift >= 64) {
                bits = high >>> (shift - 64);
            } else if (shift + 5 > 64) {
                bits = ((long) high << (64 - shift)) | (low >>> shift);
            } else {
                bits = low >>> shift;
            }
            out[10 + i] = ALPHABET[(int) bits & 31];
        }
        return new String(out);
    }

    /**
     * When a ULID was made, in milliseconds since the epoch.
     *
     * @throws IllegalArgumentException if the text is no ULID
     */
    public static long millis(String ulid) {
        if (!isUlid(ulid)) {
            throw new IllegalArgumentException("not a ULID: " + ulid);
        }
        long millis = 0;
        for (int i = 0; i < 10; i++) {
            millis = millis << 5 | indexOf(ulid.charAt(i));
        }
        return millis;
    }

    public static boolean isUlid(String text) {
        if (text.length() != LENGTH || text.charAt(0) > '7') {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            if (indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    private static int indexOf(char c) {
        for (int i = 0; i < ALPHABET.length; i++) {
            if (ALPHABET[i] == c) {
                return i;
            }
        }
        return -1;
    }
}
