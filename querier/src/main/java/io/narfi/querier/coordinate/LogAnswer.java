package io.narfi.querier.coordinate;

import io.narfi.querier.log.LogRow;
import java.util.List;

/**
 * The entries of a log query's answer.
 *
 * @param rows in the query's direction
 * @param splits slices of time that were looked at
 * @param tasks tasks that were started
 */
public record LogAnswer(List<LogRow> rows, int splits, int tasks) {
    public LogAnswer {
        rows = List.copyOf(rows);
    }
}
