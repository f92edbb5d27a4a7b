package io.narfi.querier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.querier.Eventually;
import io.narfi.querier.run.FairGate.Permit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FairGateTest {
    private static final long NEVER = System.nanoTime() + Long.MAX_VALUE / 4;

    @Test
    void servesTenantsInTurn() throws InterruptedException {
        FairGate gate = new FairGate(1, 100);
        Permit first = gate.enter("x", NEVER);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (String who : List.of("a1", "a2", "a3", "b1", "c1", "b2")) {
            int before = gate.waiting();
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    Permit permit = gate.enter(who.substring(0, 1), NEVER);
                    order.add(who);
                    permit.close();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            Eventually.until("waits", () -> gate.waiting() == before + 1);
        }
        first.close();
        for (Thread t : threads) {
            t.join();
        }
        assertThat(order).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
        assertThat(gate.inside()).isZero();
        assertThat(gate.waiting()).isZero();
    }

    @Test
    void refusesATenantWithTooManyWaiting() throws InterruptedException {
        FairGate gate = new FairGate(1, 1);
        Permit inside = gate.enter("a", NEVER);
        Thread waiting = Thread.startVirtualThread(() -> enterAndLeave(gate, "a"));
        Eventually.until("waits", () -> gate.waiting() == 1);
        assertThatThrownBy(() -> gate.enter("a", NEVER))
                .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(429))
                .hasMessage("too many outstanding requests");
        Thread other = Thread.startVirtualThread(() -> enterAndLeave(gate, "b"));
        Eventually.until("another tenant waits", () -> gate.waiting() == 2);
        inside.close();
        waiting.join();
        other.join();
        assertThat(gate.inside()).isZero();
    }

    @Test
    void givesUpAtTheDeadlineAndWhenInterrupted() throws InterruptedException {
        FairGate gate = new FairGate(1, 10);
        Permit inside = gate.enter("a", NEVER);
        assertThatThrownBy(() -> gate.enter("a", System.nanoTime() + 1_000_000))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(504));
            assertThat(gate.waiting()).isZero();
            Thread waiting = Thread.startVirtualThread(() -> enterAndLeave(gate, "b"));
            Eventually.until("waits", () -> gate.waiting() == 1);
            waiting.interrupt();
            waiting.join();
            assertThat(gate.waiting()).isZero();
        inside.close();
        inside.close();
        assertThat(gate.inside()).isZero();
        gate.enter("c", NEVER).close();
    }

    private static void enterAndLeave(FairGate gate, String tenant) {
        try {
            gate.enter(tenant, NEVER).close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
