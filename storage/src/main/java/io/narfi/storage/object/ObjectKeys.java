package io.narfi.storage.object;

import static java.util.Objects.requireNonNull;

/**
 * The rules that every key obeys, in every store: parts joined by single slashes, each of 1 to {@value #MAX_PART_LENGTH} printable ASCII
 * characters (0x20 to 0x7e, without {@code /} and {@code \}) and neither {@code .} nor {@code ..}; {@value #MAX_KEY_LENGTH} characters in
 * all, which leaves room for a store's own prefix within S3's 1024. So the order of {@code String}s is the byte order of keys, and a key
 * is a path in any file system.
 */
public final class ObjectKeys {
    /** Characters of a whole key, at most. */
    public static final int MAX_KEY_LENGTH = 900;

    /** Characters of a part, at most: what file systems allow. */
    public static final int MAX_PART_LENGTH = 255;

    private ObjectKeys() {}

    /**
     * Returns the key itself.
     *
     * @throws IllegalArgumentException if it breaks a rule
     */
    public static String check(String key) {
        requireNonNull(key, "key is null");
        int lastPart = checkAllButLastPart(key);
        checkPart(key, lastPart, key.length());
        return key;
    }

    /**
     * Returns the beginning of a key, as listings take it; it may be empty and may end anywhere.
     *
     * @throws IllegalArgumentException if no key can begin so
     */
    public static String checkPrefix(String prefix) {
        requireNonNull(prefix, "prefix is null");
        int lastPart = checkAllButLastPart(prefix);
        if (prefix.length() - lastPart > MAX_PART_LENGTH) {
            checkPart(prefix, lastPart, prefix.length());
        }
        return prefix;
    }

    /** Checks the length, all characters, and all parts that end with a slash; returns where the last part starts. */
    private static int checkAllButLastPart(String key) {
        int length = key.length();
        if (length > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException("key of " + length + " characters, at most " + MAX_KEY_LENGTH + ": " + key);
        }
        int start = 0;
        for (int i = 0; i < length; i++) {
            char c = key.charAt(i);
            if (c == '/') {
                checkPart(key, start, i);
                start = i + 1;
            } else if (c < ' ' || c > '~' || c == '\\') {
                throw new IllegalArgumentException("character " + (int) c + " in key: " + key);
            }
        }
        return start;
    }

    private static void checkPart(String key, int start, int end) {
        int length = end - start;
        if (length == 0) {
            throw new IllegalArgumentException("empty part in key: " + key);
        }
        if (length > MAX_PART_LENGTH) {
            throw new IllegalArgumentException("part of " + length + " characters, at most " + MAX_PART_LENGTH + ", in key: " + key);
        }
        if (key.charAt(start) == '.' && (length == 1 || (length == 2 && key.charAt(start + 1) == '.'))) {
            throw new IllegalArgumentException("part . or .. in key: " + key);
        }
    }
}
