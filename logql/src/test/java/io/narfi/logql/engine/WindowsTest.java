package io.narfi.logql.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WindowsTest {
    @Test
    void panesAreTheTimesOfTheSameWindows() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            long start = 1_000 + random.nextInt(50);
            StepGrid grid = random.nextInt(4) == 0 ? StepGrid.instant(start) : new StepGrid(start, start + random.nextInt(100), 1 + random.nextInt(12));
            long range = random.nextInt(40);
            long offset = random.nextInt(60) - 30;
            Windows windows = new Windows(grid, range, offset);
            assertThat(windows.paneCount()).isLessThanOrEqualTo(2 * grid.count());
            for (long t = start - 120; t < start + 200; t++) {
                int pane = windows.paneOf(t);
                for (int w = 0; w < grid.count(); w++) {
                    long end = grid.time(w) - offset;
                    boolean inWindow = t > end - range && t <= end;
                    boolean inPanes = pane >= windows.lowPane(w) && pane <= windows.highPane(w) && pane >= 0;
                    assertThat(inPanes).as("seed %d, time %d, window %d", seed, t, w).isEqualTo(inWindow);
                }
                if (pane >= 0) {
                    assertThat(windows.paneEnd(pane)).as("seed %d, time %d", seed, t).isGreaterThanOrEqualTo(t);
                    assertThat(windows.paneOf(windows.paneEnd(pane))).isEqualTo(pane);
                    assertThat(windows.paneOf(windows.paneEnd(pane) + 1)).isNotEqualTo(pane);
                    assertThat(t).isGreaterThanOrEqualTo(windows.from()).isLessThan(windows.to());
                }
            }
        }
    }

    @Test
    void longestRangesAndOffsetsDoNotOverflow() {
        StepGrid grid = new StepGrid(1_700_000_000_000_000_000L, 1_700_000_100_000_000_000L, 1_000_000_000L);
        Windows windows = new Windows(grid, Long.MAX_VALUE, 0);
        assertThat(windows.paneOf(0)).isNotNegative().isEqualTo(windows.paneOf(1_600_000_000_000_000_000L));
        assertThat(windows.paneOf(1_700_000_000_500_000_000L)).isPositive();
        assertThat(windows.paneOf(1_800_000_000_000_000_000L)).isNegative();
        assertThat(new Windows(grid, 1_000, Long.MIN_VALUE).paneOf(1)).isNegative();
        assertThat(new Windows(grid, 1_000, Long.MAX_VALUE).paneOf(1)).isNegative();
    }
}
