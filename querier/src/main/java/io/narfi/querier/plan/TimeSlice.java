package io.narfi.querier.plan;

import java.util.List;

/** A stretch of time and the tasks that cover it, which differ in their hash ranges. */
public record TimeSlice(long from, long to, List<TaskScope> tasks) {
    public TimeSlice {
        tasks = List.copyOf(tasks);
    }
}
