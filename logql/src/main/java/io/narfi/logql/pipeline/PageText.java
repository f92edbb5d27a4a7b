package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.narfi.common.EntryBatch;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a batch as one text to search in. The bytes are copied once into a Latin-1 String, a character per byte: {@link
 * String#indexOf} on that is compiled to vector instructions, which plain Java over {@code byte[]} is not, and the copy costs a fraction of
 * what the search gains. A hit is mapped back to its row and dropped if it crosses the row's border.
 */
final class PageText {
    /** With fewer candidate rows than one in this many, rows are searched one by one. */
    private static final int SPARSE = 16;

    final byte[] bytes;
    final int[] offsets;
    private final int start;
    private final int end;
    private final int base;
    private @Nullable String exact;
    private @Nullable String folded;
    private @Nullable Boolean wideLetters;

    PageText(EntryBatch batch) {
        this.bytes = Objects.requireNonNull(batch.lines, "the batch was read without lines");
        this.offsets = Objects.requireNonNull(batch.offsets, "the batch was read without offsets");
        this.start = batch.start;
        this.end = batch.end;
        this.base = offsets[start];
    }

    private String exact() {
        String s = exact;
        if (s == null) {
            s = new String(bytes, base, offsets[end] - base, ISO_8859_1);
            exact = s;
        }
        return s;
    }

    /** The lines with ASCII letters in lower case. */
    private String folded() {
        String s = folded;
        if (s == null) {
            byte[] lower = Arrays.copyOfRange(bytes, base, offsets[end]);
            AsciiCase.lower(lower);
            s = new String(lower, ISO_8859_1);
            folded = s;
        }
        return s;
    }

    /** Whether the lines hold a letter outside ASCII whose other case is in ASCII: Kelvin sign, long s, dotted I. */
    boolean hasWideLetters() {
        Boolean known = wideLetters;
        if (known == null) {
            String s = exact();
            known = s.contains("\u00e2\u0084\u00aa") || s.contains("\u00c5\u00bf") || s.contains("\u00c4\u00b0");
            wideLetters = known;
        }
        return known;
    }

    /** Adds to {@code out} those of the candidates that hold a needle of at least one byte. */
    void find(byte[] needle, boolean fold, RowSet candidates, RowSet out) {
        String text = fold ? folded() : exact();
        String wanted = new String(needle, ISO_8859_1);
        int count = candidates.count();
        if (count < (end - start + SPARSE - 1) / SPARSE) {
            for (int row = candidates.next(start); row >= 0; row = candidates.next(row + 1)) {
                if (text.indexOf(wanted, offsets[row] - base, offsets[row + 1] - base) >= 0) {
                    out.add(row);
                }
            }
            return;
        }
        int row = start;
        int from = 0;
        while (true) {
            int hit = text.indexOf(wanted, from);
            if (hit < 0) {
                return;
            }
            row = rowOf(hit + base, row);
            int rowEnd = offsets[row + 1];
            if (hit + base + needle.length <= rowEnd) {
                if (candidates.has(row)) {
                    out.add(row);
                }
                from = rowEnd - base;
            } else {
                from = hit + 1;
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
