package io.narfi.storage.page;

/** The columns of a page. */
public enum Column {
    TIMESTAMPS(0, "timestamps"),
    LENGTHS(1, "line lengths"),
    METADATA(2, "structured metadata"),
    LINES(3, "lines");

    /** How many there are. */
    public static final int COUNT = 4;

    private final int index;
    private final String section;

    Column(int index, String section) {
        this.index = index;
        this.section = section;
    }

    /** The place in directories, from 0. */
    public int index() {
        return index;
    }

    /** The name in error messages. */
    public String section() {
        return section;
    }
}
