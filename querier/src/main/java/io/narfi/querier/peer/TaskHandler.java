package io.narfi.querier.peer;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.InvalidProtocolBufferException;
import io.narfi.common.ApiException;
import io.narfi.http.Handler;
import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.querier.proto.TaskRequest;
import io.narfi.querier.run.MemoryPool;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.RequestCodec;
import io.narfi.querier.task.ResponseCodec;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.querier.task.TaskRunner;
import io.narfi.storage.object.ObjectNotFoundException;

/** Serves the tasks of peers. */
public final class TaskHandler implements Handler {
    /** A request lists blocks and segments, some hundred bytes each. */
    static final long MAX_REQUEST_BYTES = 64L << 20;

    private final TaskRunner local;
    private final MemoryPool memory;

    /** @param local runs tasks in this process */
    public TaskHandler(TaskRunner local, MemoryPool memory) {
        this.local = requireNonNull(local, "local is null");
        this.memory = requireNonNull(memory, "memory is null");
    }

    public Route route() {
        return Route.post(PeerClient.PATH, this).bare().maxBodyBytes(MAX_REQUEST_BYTES);
    }

    @Override
    public void handle(Request request, Response response) throws Exception {
        TaskRequest message;
        try {
            message = TaskRequest.parseFrom(request.body());
        } catch (InvalidProtocolBufferException e) {
            throw new ApiException(400, "not a task", e);
        }
        Task task = RequestCodec.decode(message);
        long deadline = System.nanoTime() + message.getNanosLeft();
        byte[] answer;
        try (QueryContext context = new QueryContext(message.getTenant(), deadline, memory.open())) {
            TaskResult result = local.run(task, context);
            answer = ResponseCodec.encode(result, context.stats()).toByteArray();
        } catch (ObjectNotFoundException e) {
            throw new ApiException(PeerClient.OBJECT_GONE, e.key(), e);
        }
        response.send(200, PeerClient.CONTENT_TYPE, answer);
    }
}
