package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.EntryBatch;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a batch as one text to search in: a needle is looked for in all of them at once, and a hit is mapped back to its row and
 * dropped if it crosses the row's border.
 */
final class PageText {
    /** With fewer candidate rows than one in this many, rows are searched one by one. */
    private static final int SPARSE = 16;
    private static final Needle KELVIN = new Needle("\u212a".getBytes(UTF_8), false);
    private static final Needle LONG_S = new Needle("\u017f".getBytes(UTF_8), false);
    private static final Needle DOTTED_I = new Needle("\u0130".getBytes(UTF_8), false);

    final byte[] bytes;
    final int[] offsets;
    private final int start;
    private final int end;
    private @Nullable Boolean wideLetters;

    PageText(EntryBatch batch) {
        this.bytes = Objects.requireNonNull(batch.lines, "the batch was read without lines");
        this.offsets = Objects.requireNonNull(batch.offsets, "the batch was read without offsets");
        this.start = batch.start;
        this.end = batch.end;
    }

    /** Whether the lines hold a letter outside ASCII whose other case is in ASCII: Kelvin sign, long s, dotted I. */
    boolean hasWideLetters() {
        Boolean known = wideLetters;
        if (known == null) {
            known = !Slices.isAscii(bytes, offsets[start], offsets[end]) && (holds(KELVIN) || holds(LONG_S) || holds(DOTTED_I));
            wideLetters = known;
        }
        return known;
    }

    private boolean holds(Needle needle) {
        return needle.indexOf(bytes, offsets[start], offsets[end]) >= 0;
    }

    /** Adds to {@code out} those of the candidates that hold a needle. */
    void find(Needle needle, RowSet candidates, RowSet out) {
        int count = candidates.count();
        if (count < (end - start + SPARSE - 1) / SPARSE) {
            for (int row = candidates.next(start); row >= 0; row = candidates.next(row + 1)) {
                if (needle.indexOf(bytes, offsets[row], offsets[row + 1]) >= 0) {
                    out.add(row);
                }
            }
            return;
        }
        int row = start;
        int at = offsets[start];
        int to = offsets[end];
        while (true) {
            int hit = needle.indexOf(bytes, at, to);
            if (hit < 0) {
                return;
            }
            row = rowOf(hit, row);
            int rowEnd = offsets[row + 1];
            if (hit + needle.length() <= rowEnd) {
                if (candidates.has(row)) {
                    out.add(row);
                }
                at = rowEnd;
            } else {
                at = hit + 1;
            }
        }
    }

    /** The row that holds the byte at a place, at or after a known row. */
    private int rowOf(int place, int from) {
        int low = from;
        int step = 1;
        while (low + step < end && offsets[low + step] <= place) {
            low += step;
            step <<= 1;
        }
        int high = Math.min(end, low + step);
        // offsets[low] <= place, and offsets[high] > place or high is the end
        while (high - low > 1) {
            int mid = (low + high) >>> 1;
            if (offsets[mid] <= place) {
                low = mid;
            } else {
                high = mid;
            }
        }
        return low;
    }
}
