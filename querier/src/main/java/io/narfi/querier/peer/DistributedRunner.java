package io.narfi.querier.peer;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.http.Caller;
import io.narfi.querier.peer.Peers.Place;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a task where its data is likely cached: on the first of its places that works. A task that {@code maxPeers} peers could not do is
 * done here.
 */
public final class DistributedRunner implements TaskRunner {
    private static final Logger LOG = LoggerFactory.getLogger(DistributedRunner.class);

    private final Peers peers;
    private final PeerClient client;
    private final TaskRunner local;
    private final int maxPeers;
    private final Counter localTasks;
    private final Counter remoteTasks;
    private final Counter retriedTasks;

    /**
     * @param local runs tasks in this process
     * @param maxPeers how many peers are tried before the task is done here
     * @param maxAnswerBytes a longer answer of a peer is refused
     */
    public DistributedRunner(
            Peers peers,
            Caller caller,
            TaskRunner local,
            CompiledQueries queries,
            int maxPeers,
            int maxAnswerBytes,
            MeterRegistry registry) {
        this.peers = requireNonNull(peers, "peers is null");
        this.client = new PeerClient(caller, queries, maxAnswerBytes);
        this.local = requireNonNull(local, "local is null");
        this.maxPeers = maxPeers;
        this.localTasks = counter(registry, "local", "Tasks of queries that were done in this process for its own queries.");
        this.remoteTasks = counter(registry, "remote", "Tasks of queries that a peer did.");
        this.retriedTasks = counter(registry, "retried", "Tasks of queries that a peer could not do.");
    }

    private static Counter counter(MeterRegistry registry, String where, String description) {
        return Counter.builder("narfi_query_tasks_total").tag("where", where).description(description).register(registry);
    }

    @Override
    public TaskResult run(Task task, QueryContext context) throws Exception {
        List<Place> places = peers.rank(task.scope().affinity());
        int tried = 0;
        for (Place place : places) {
            context.check();
            switch (place) {
                case Place.Here here -> {
                    return runHere(task, context);
                }
                case Place.There there -> {
                    if (tried++ == maxPeers) {
                        return runHere(task, context);
                    }
                    try {
                        TaskResult result = client.run(there.address(), task, context);
                        peers.worked(there.address());
                        remoteTasks.increment();
                        return result;
                    } catch (PeerUnavailableException e) {
                        peers.failed(there.address());
                        retriedTasks.increment();
                        LOG.warn("a peer could not do a task peer={} error={}", there.address(), e.toString());
                    }
                }
            }
        }
        return runHere(task, context);
    }

    private TaskResult runHere(Task task, QueryContext context) throws Exception {
        localTasks.increment();
        return local.run(task, context);
    }
}
