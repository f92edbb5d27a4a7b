package io.narfi.querier.coordinate;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.log.LogRow;
import java.util.List;

/**
 * A piece of an export.
 *
 * @param rows in order of time, rows of one time by the hash of their stream
 * @param next where the next piece begins; the position of this one if a single stream has more rows of one time than the limit
 */
public record ExportBatch(List<LogRow> rows, ExportPosition next) {
    public ExportBatch {
        rows = List.copyOf(rows);
        requireNonNull(next, "next is null");
    }
}
