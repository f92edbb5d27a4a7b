package io.narfi.storage.block;

/** Numbers of the block's layout; see the package documentation. */
final class BlockFormat {
    /** "NBLK", as four bytes in this order. */
    static final int MAGIC = 0x4b4c424e;

    static final int VERSION = 1;
    static final int HEADER_BYTES = 8;
    static final int TAIL_BYTES = 24;
    static final int TABLE_ENTRY_BYTES = 20;
    static final int MAX_SECTIONS = 64;
    /** The footer is read in one piece. */
    static final int MAX_FOOTER_BYTES = 1 << 30;

    private BlockFormat() {}

    /** The sections of the footer. */
    enum Section {
        META(1, "meta"),
        SYMBOLS(2, "symbols"),
        SERIES(3, "series"),
        PAGES(4, "page directory"),
        POSTINGS(5, "postings"),
        PARENTS(6, "parents");

        private final int id;
        private final String text;

        Section(int id, String text) {
            this.id = id;
            this.text = text;
        }

        int id() {
            return id;
        }

        String text() {
            return text;
        }
    }
}
