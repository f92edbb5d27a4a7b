package io.narfi.storage.segment;

/** Numbers of the segment's layout; see the package documentation. */
final class SegmentFormat {
    /** "NSEG", as four bytes in this order. */
    static final int MAGIC = 0x4745534e;

    static final int VERSION = 1;
    static final int HEADER_BYTES = 8;
    static final int TAIL_BYTES = 32;
    static final int MAX_DIRECTORY_BYTES = 64 << 20;
    static final int MAX_OBJECT_BYTES = 1 << 30;

    private SegmentFormat() {}
}
