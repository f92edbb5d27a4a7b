package io.narfi.storage.page;

import io.narfi.common.Labels;

/** What a page may hold. Writers keep to it and readers refuse what is beyond. */
public final class PageLimits {
    /** Bytes of lines after which a writer starts the next page; a page may be larger only if it has a single row. */
    public static final int TARGET_LINE_BYTES = 256 << 10;

    /** Bytes of structured metadata (with every name and value once per distinct set) after which a writer starts the next page. */
    public static final int TARGET_METADATA_BYTES = 256 << 10;

    public static final int MAX_ROWS = 1 << 16;

    /** The longest line, in bytes. */
    public static final int MAX_LINE_BYTES = 16 << 20;

    /** The largest set of structured metadata of one row, in bytes of names and values. */
    public static final int MAX_ROW_METADATA_BYTES = 1 << 20;

    /** Bytes of a page's lines that a reader accepts; leaves room for larger pages. */
    public static final int MAX_PAGE_LINE_BYTES = 16 << 20;

    /** Bytes of a page's uncompressed metadata dictionary that a reader accepts. */
    public static final int MAX_DICTIONARY_BYTES = 16 << 20;

    /** Bytes of any one stored column that a reader accepts. */
    public static final int MAX_COLUMN_BYTES = 32 << 20;

    private static final String LEVEL_NAME = "detected_level";

    private PageLimits() {}

    /** Bytes of names and values, in UTF-8. */
    public static int metadataBytes(Labels metadata) {
        long sum = 0;
        for (int i = 0; i < metadata.size(); i++) {
            sum += utf8Length(metadata.name(i)) + (long) utf8Length(metadata.value(i));
        }
        return (int) Math.min(Integer.MAX_VALUE, sum);
    }

    /** As {@link #metadataBytes}, without {@code detected_level}: the number that is shown to users. */
    public static int countedMetadataBytes(Labels metadata) {
        int all = metadataBytes(metadata);
        String level = metadata.get(LEVEL_NAME);
        return level == null ? all : all - LEVEL_NAME.length() - utf8Length(level);
    }

    /** Length in UTF-8 as {@link String#getBytes} writes it. */
    static int utf8Length(String s) {
        int n = s.length();
        int bytes = n;
        for (int i = 0; i < n; i++) {
            char c = s.charAt(i);
            if (c < 0x80) {
                continue;
            }
            if (c < 0x800) {
                bytes++;
            } else if (!Character.isSurrogate(c)) {
                bytes += 2;
            } else if (Character.isHighSurrogate(c) && i + 1 < n && Character.isLowSurrogate(s.charAt(i + 1))) {
                bytes += 2;
                i++;
            }
        }
        return bytes;
    }
}
