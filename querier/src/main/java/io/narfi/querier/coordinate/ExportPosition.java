package io.narfi.querier.coordinate;

import io.narfi.common.ApiException;
import java.util.HexFormat;

/**
 * How far an export has come: every row before {@code time} is given, and of those at {@code time} the rows of all streams with a stable
 * hash below {@code hash}. It names a place in time and not in an object, so it stays good whatever compaction does.
 *
 * @param time nanoseconds since the epoch
 * @param hash a stable hash, unsigned; 0 if nothing of the time is given
 */
public record ExportPosition(long time, long hash) {
    /**
     * Reads what {@link #toString} gave.
     *
     * @throws ApiException 400 if it is something else
     */
    public static ExportPosition parse(String text) {
        int split = text.indexOf('_');
        try {
            if (split > 0 && text.length() == split + 17) {
                return new ExportPosition(Long.parseLong(text.substring(0, split)), HexFormat.fromHexDigitsToLong(text.substring(split + 1)));
            }
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "not a position of an export: " + text, e);
        }
        throw ApiException.badRequest("not a position of an export: " + text);
    }

    @Override
    public String toString() {
        return time + "_" + HexFormat.of().toHexDigits(hash);
    }
}
