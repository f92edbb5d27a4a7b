package io.narfi.storage.block;

import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockFormat.Section;
import io.narfi.storage.object.RangeReader;
import io.narfi.storage.page.ByteReader;
import io.narfi.storage.page.ByteWriter;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** The footer's bytes and where its sections are. The checksum of a section is checked when the section is first used. */
final class BlockFooter {
    /** How much of an object's end is read when nobody knows where its footer begins. */
    private static final int GUESS_BYTES = 64 << 10;

    private record Place(int from, int to, int crc) {}

    private final String key;
    private final long footerOffset;
    private final byte[] bytes;
    private final Map<Section, Place> places = new EnumMap<>(Section.class);

    private BlockFooter(String key, long footerOffset, byte[] bytes) throws CorruptDataException {
        this.key = key;
        this.footerOffset = footerOffset;
        this.bytes = bytes;
        readTable();
    }

    /** Reads the footer in one go. */
    static BlockFooter read(RangeReader reader, long footerOffset) throws IOException {
        long size = reader.size();
        if (footerOffset < BlockFormat.HEADER_BYTES || size - footerOffset > BlockFormat.MAX_FOOTER_BYTES
                || size - footerOffset < BlockFormat.TAIL_BYTES) {
            throw new CorruptDataException(reader.key(), "footer", footerOffset, "cannot begin here in an object of " + size + " bytes");
        }
        byte[] bytes = reader.read(footerOffset, (int) (size - footerOffset));
        BlockFooter footer = new BlockFooter(reader.key(), footerOffset, bytes);
        long stored = footerOffset(reader.key(), size - bytes.length, bytes);
        if (stored != footerOffset) {
            throw new CorruptDataException(reader.key(), "footer", footerOffset, "really begins at " + stored);
        }
        return footer;
    }

    /** Finds the footer from the end of the object. */
    static BlockFooter find(RangeReader reader) throws IOException {
        long size = reader.size();
        if (size < BlockFormat.HEADER_BYTES + BlockFormat.TAIL_BYTES) {
            throw new CorruptDataException(reader.key(), "block", 0, "an object of " + size + " bytes is no block");
        }
        int guess = (int) Math.min(size, GUESS_BYTES);
        byte[] end = reader.read(size - guess, guess);
        long footerOffset = footerOffset(reader.key(), size - guess, end);
        if (footerOffset < size - guess) {
            return read(reader, footerOffset);
        }
        if (footerOffset < BlockFormat.HEADER_BYTES || footerOffset > size - BlockFormat.TAIL_BYTES) {
            throw new CorruptDataException(reader.key(), "tail", size - BlockFormat.TAIL_BYTES, "footer at " + footerOffset);
        }
        int from = (int) (footerOffset - (size - guess));
        byte[] footer = new byte[guess - from];
        System.arraycopy(end, from, footer, 0, footer.length);
        return new BlockFooter(reader.key(), footerOffset, footer);
    }

    /** What the tail says of the footer's place, its magic number and version checked. */
    private static long footerOffset(String key, long base, byte[] end) throws CorruptDataException {
        ByteReader tail = new ByteReader(key, "tail", base, end, end.length - BlockFormat.TAIL_BYTES, end.length);
        long offset = tail.i64();
        tail.i32();
        int version = tail.i32();
        tail.i32();
        int magic = tail.i32();
        if (magic != BlockFormat.MAGIC) {
            throw tail.corrupt("magic number is " + Integer.toHexString(magic));
        }
        if (version != BlockFormat.VERSION) {
            throw tail.corrupt("unknown version " + version);
        }
        return offset;
    }

    private void readTable() throws CorruptDataException {
        int tailAt = bytes.length - BlockFormat.TAIL_BYTES;
        ByteReader tail = new ByteReader(key, "tail", footerOffset, bytes, tailAt + 8, bytes.length);
        int sections = tail.i32();
        if (sections < 0 || sections > BlockFormat.MAX_SECTIONS || sections * BlockFormat.TABLE_ENTRY_BYTES > tailAt) {
            throw tail.corrupt(sections + " sections");
        }
        int tableAt = tailAt - sections * BlockFormat.TABLE_ENTRY_BYTES;
        ByteReader table = new ByteReader(key, "section table", footerOffset, bytes, tableAt, bytes.length - 4).checked();
        for (int i = 0; i < sections; i++) {
            int id = table.i32();
            int crc = table.i32();
            long offset = table.i64();
            int length = table.i32();
            if (offset < 0 || length < 0 || offset + length > tableAt || offset + length < 0) {
                throw table.corrupt("section " + id + " of " + length + " bytes at " + offset);
            }
            for (Section section : Section.values()) {
                if (section.id() == id) {
                    places.put(section, new Place((int) offset, (int) offset + length, crc));
                }
            }
        }
    }

    String key() {
        return key;
    }

    long offset() {
        return footerOffset;
    }

    int length() {
        return bytes.length;
    }

    boolean has(Section section) {
        return places.containsKey(section);
    }

    /** Stored bytes of a section, 0 if there is none. */
    int sectionLength(Section section) {
        Place place = places.get(section);
        return place == null ? 0 : place.to - place.from;
    }

    /** The number that a section begins with, before anybody checked the section; 0 if there is none. */
    int firstNumber(Section section) throws CorruptDataException {
        Place place = places.get(section);
        return place == null || place.to - place.from < 4
                ? 0
                : new ByteReader(key, section.text(), footerOffset, bytes, place.from, place.to).i32();
    }

    /** A reader of a section whose checksum was found right. */
    ByteReader section(Section section) throws CorruptDataException {
        Place place = places.get(section);
        if (place == null) {
            throw new CorruptDataException(key, section.text(), footerOffset, "there is none");
        }
        ByteReader in = new ByteReader(key, section.text(), footerOffset, bytes, place.from, place.to);
        if (ByteWriter.crc(bytes, place.from, place.to - place.from) != place.crc) {
            throw in.corrupt("checksum does not match");
        }
        return in;
    }
}
