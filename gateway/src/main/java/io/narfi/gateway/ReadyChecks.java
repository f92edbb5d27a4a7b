package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import io.narfi.http.Call;
import io.narfi.http.Caller;
import io.narfi.http.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks every replica whether it is ready, all at once. */
final class ReadyChecks {
    private static final Logger logger = LoggerFactory.getLogger(ReadyChecks.class);
    private static final int ANSWER_BYTES = 64 << 10;

    private final List<UpstreamGroup> groups;
    private final Caller caller;
    private final Duration timeout;

    ReadyChecks(List<UpstreamGroup> groups, Caller caller, Duration timeout) {
        this.groups = List.copyOf(groups);
        this.caller = requireNonNull(caller, "caller is null");
        this.timeout = requireNonNull(timeout, "timeout is null");
    }

    void run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (UpstreamGroup group : groups) {
            for (Upstream replica : group.replicas()) {
                threads.add(Thread.ofVirtual().name("gateway-check").start(() -> check(group, replica)));
            }
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            throw e;
        }
    }

    private void check(UpstreamGroup group, Upstream replica) {
        boolean before = replica.usable();
        try (Reply reply = caller.call(Call.get(replica.uri(), "/ready").timeout(timeout))) {
            reply.readAll(ANSWER_BYTES);
            replica.checked(reply.status() == 200);
        } catch (IOException e) {
            logger.debug("replica does not answer group={} replica={}", group.kind().label(), replica, e);
            replica.checked(false);
        } catch (InterruptedException e) {
            // The gateway stops.
            Thread.currentThread().interrupt();
            return;
        }
        if (before != replica.usable()) {
            logger.info("replica group={} replica={} usable={}", group.kind().label(), replica, replica.usable());
        }
    }
}
