package io.narfi.storage.segment;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A segment: which writer process wrote it, and its number there. A writer's ULID is new at every start; numbers count from 0 without
 * gaps in the order of sealing, but may land out of order or never.
 */
public record SegmentId(String writer, long sequence) implements Comparable<SegmentId> {
    public static final String PREFIX = "segments/";
    private static final int WRITER_LENGTH = 26;
    private static final int SEQUENCE_LENGTH = 12;

    public SegmentId {
        requireNonNull(writer, "writer is null");
        if (writer.length() != WRITER_LENGTH) {
            throw new IllegalArgumentException("not a ULID: " + writer);
        }
        if (sequence < 0 || sequence > 999_999_999_999L) {
            throw new IllegalArgumentException("sequence out of range: " + sequence);
        }
    }

    /** {@code segments/<writer>/<sequence>}, the sequence as twelve digits, so that keys sort as numbers do. */
    public String key() {
        return PREFIX + writer + "/" + String.format(Locale.ROOT, "%012d", sequence);
    }

    /** @throws IllegalArgumentException if the key is no segment's */
    public static SegmentId parse(String key) {
        if (!key.startsWith(PREFIX) || key.length() != PREFIX.length() + WRITER_LENGTH + 1 + SEQUENCE_LENGTH) {
            throw new IllegalArgumentException("not a segment key: " + key);
        }
        int slash = PREFIX.length() + WRITER_LENGTH;
        if (key.charAt(slash) != '/') {
            throw new IllegalArgumentException("not a segment key: " + key);
        }
        return new SegmentId(key.substring(PREFIX.length(), slash), Long.parseLong(key.substring(slash + 1)));
    }

    /** As {@link #parse}, but null for a key that is no segment's. */
    public static @Nullable SegmentId tryParse(String key) {
        try {
            return parse(key);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public int compareTo(SegmentId o) {
        int c = writer.compareTo(o.writer);
        return c != 0 ? c : Long.compare(sequence, o.sequence);
    }
}
