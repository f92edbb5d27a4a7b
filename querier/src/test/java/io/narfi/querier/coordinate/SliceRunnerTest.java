package io.narfi.querier.coordinate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.querier.plan.NoDeletes;
import io.narfi.querier.plan.TaskScope;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.MetadataRows;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.querier.task.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SliceRunnerTest {
    private final QueryContext context =
            new QueryContext("a", System.nanoTime() + 60_000_000_000L, new MemoryPool(1000, 1000).open());

    @Test
    void handsResultsOnInOrder() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        TaskRunner tasks = (task, c) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.onSpinWait();
            running.decrementAndGet();
            return result(task);
        };
        List<String> seen = new ArrayList<>();
        int started = new SliceRunner(tasks, 5).run(slices(20, 3), false, context, results -> {
            results.forEach(r -> seen.add(name(r)));
            return true;
        });
        assertThat(started).isEqualTo(60);
        assertThat(seen).hasSize(60).isSorted();
        assertThat(most.get()).isLessThanOrEqualTo(5);
    }

    @Test
    void startsWithOneSliceAndStopsWhenTheTakerHasEnough() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        TaskRunner tasks = (task, c) -> {
            calls.incrementAndGet();
            return result(task);
        };
        assertThat(new SliceRunner(tasks, 100).run(slices(50, 2), true, context, results -> false)).isEqualTo(2);
        assertThat(calls).hasValue(2);
    }

    @Test
    void stopsTasksThatRunAhead() throws Exception {
        CountDownLatch ahead = new CountDownLatch(1);
        AtomicInteger stopped = new AtomicInteger();
        TaskRunner tasks = (task, c) -> {
            if (task.scope().affinity().equals("000-0")) {
                ahead.await();
                return result(task);
            }
            ahead.countDown();
            try {
                new CountDownLatch(1).await();
                throw new AssertionError();
            } finally {
                stopped.incrementAndGet();
            }
        };
        new SliceRunner(tasks, 3).run(slices(3, 1), false, context, results -> false);
        assertThat(stopped.get()).isPositive();
        context.check();
    }

    @Test
    void throwsWhatATaskThrew() {
        TaskRunner tasks = (task, c) -> {
            throw new IOException("broken " + task.scope().affinity());
        };
        assertThatThrownBy(() -> new SliceRunner(tasks, 3).run(slices(3, 1), false, context, results -> true))
                .isInstanceOf(IOException.class)
                .hasMessage("broken 000-0");
    }

    @Test
    void endsAtTheDeadline() {
        QueryContext late = new QueryContext("a", System.nanoTime() + 30_000_000, new MemoryPool(10, 10).open());
        TaskRunner tasks = (task, c) -> {
            new CountDownLatch(1).await();
            return result(task);
        };
        assertThatThrownBy(() -> new SliceRunner(tasks, 3).run(slices(1, 1), false, late, results -> true))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(504));
    }

    private static List<List<Task>> slices(int count, int tasks) {
        List<List<Task>> slices = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            List<Task> slice = new ArrayList<>();
            for (int t = 0; t < tasks; t++) {
                TaskScope scope = new TaskScope("a", String.format("%03d-%d", s, t), s, s + 1, 0, -1, List.of(), List.of(), 0, NoDeletes.NONE);
                slice.add(new Task(scope, new Work.Metadata(Work.Metadata.Kind.SERIES, "", List.of())));
            }
            slices.add(slice);
        }
        return slices;
    }

    private static TaskResult result(Task task) {
        return new TaskResult.Metadata(new MetadataRows(Set.of(task.scope().affinity()), Set.of()));
    }

    private static String name(TaskResult result) {
        return ((TaskResult.Metadata) result).rows().strings().iterator().next();
    }
}
