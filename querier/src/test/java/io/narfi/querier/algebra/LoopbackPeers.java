package io.narfi.querier.algebra;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.common.Durations;
import io.narfi.http.Call;
import io.narfi.http.Headers;
import io.narfi.http.Reply;
import io.narfi.querier.peer.DistributedRunner;
import io.narfi.querier.peer.PeerAddress;
import io.narfi.querier.peer.Peers;
import io.narfi.querier.proto.TaskRequest;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.RequestCodec;
import io.narfi.querier.task.ResponseCodec;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Other read processes without a network: tasks and their results travel as the bytes that would go over it. */
final class LoopbackPeers {
    private final List<TaskRunner> runners;
    private final MemoryPool memory;

    /** @param runners what works in each of the processes */
    LoopbackPeers(List<TaskRunner> runners, MemoryPool memory) {
        this.runners = List.copyOf(runners);
        this.memory = memory;
    }

    /** Spreads tasks over these peers and this process. */
    TaskRunner runner(TaskRunner local, CompiledQueries queries) {
        List<PeerAddress> addresses = new ArrayList<>();
        for (int i = 0; i < runners.size(); i++) {
            addresses.add(new PeerAddress(InetAddress.getLoopbackAddress(), 1 + i));
        }
        Peers peers = new Peers(() -> addresses, peer -> false, Durations.HOUR, System::nanoTime);
        return new DistributedRunner(peers, this::call, local, queries, 1, Integer.MAX_VALUE, new SimpleMeterRegistry());
    }

    private Reply call(Call call) throws IOException, InterruptedException {
        if (!(call.body() instanceof Call.Body.Bytes body)) {
            throw new IOException("no bytes: " + call.body());
        }
        TaskRequest request = TaskRequest.parseFrom(body.bytes());
        try (QueryContext context = new QueryContext(request.getTenant(), System.nanoTime() + request.getNanosLeft(), memory.open())) {
            TaskResult result = runners.get(call.origin().getPort() - 1).run(RequestCodec.decode(request), context);
            return new Bytes(200, ResponseCodec.encode(result, context.stats()).toByteArray());
        } catch (ApiException e) {
            return new Bytes(e.status(), e.text().getBytes(StandardCharsets.UTF_8));
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Bytes(int status, byte[] bytes) implements Reply {
        @Override
        public Headers headers() {
            return new Headers();
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public byte[] readAll(int maxBytes) {
            return bytes;
        }

        @Override
        public void close() {}
    }
}
