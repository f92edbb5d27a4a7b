package io.narfi.querier.peer;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.InvalidProtocolBufferException;
import io.narfi.common.ApiException;
import io.narfi.http.Call;
import io.narfi.http.CallTimeoutException;
import io.narfi.http.Caller;
import io.narfi.http.Reply;
import io.narfi.querier.proto.TaskResponse;
import io.narfi.querier.run.QueryContext;
import io.narfi.querier.task.CompiledQueries;
import io.narfi.querier.task.RequestCodec;
import io.narfi.querier.task.ResponseCodec;
import io.narfi.querier.task.Task;
import io.narfi.querier.task.TaskResult;
import io.narfi.storage.object.ObjectNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Has a peer do a task. */
final class PeerClient {
    static final String PATH = "/narfi/internal/v1/task";
    static final String CONTENT_TYPE = "application/x-protobuf";
    /** The status of an answer that says that an object of the task is not there any more; the text is its key. */
    static final int OBJECT_GONE = 410;

    private static final int MAX_ERROR_BYTES = 64 * 1024;

    private final Caller caller;
    private final CompiledQueries queries;
    private final int maxAnswerBytes;

    /** @param maxAnswerBytes a longer answer is refused */
    PeerClient(Caller caller, CompiledQueries queries, int maxAnswerBytes) {
        this.caller = requireNonNull(caller, "caller is null");
        this.queries = requireNonNull(queries, "queries is null");
        this.maxAnswerBytes = maxAnswerBytes;
    }

    /**
     * Sends the task and waits for its result.
     *
     * @throws ApiException if the query is at fault or its time is up
     * @throws ObjectNotFoundException if an object of the task is gone
     * @throws PeerUnavailableException if the peer is
     */
    TaskResult run(PeerAddress peer, Task task, QueryContext context)
            throws ObjectNotFoundException, PeerUnavailableException, InterruptedException {
        long left = context.nanosLeft();
        if (left <= 0) {
            throw QueryContext.timedOut();
        }
        Call call = Call.post(peer.origin(), PATH, CONTENT_TYPE, RequestCodec.encode(task, left).toByteArray())
                .timeout(Duration.ofNanos(left));
        try (Reply reply = caller.call(call)) {
            if (reply.status() != 200) {
                throw failure(peer, reply);
            }
            TaskResponse response = TaskResponse.parseFrom(reply.readAll(maxAnswerBytes));
            TaskResult result = ResponseCodec.decode(response, task, queries, context);
            context.addStats(ResponseCodec.decodeStats(response));
            return result;
        } catch (CallTimeoutException e) {
            if (context.nanosLeft() <= 0) {
                throw QueryContext.timedOut();
            }
            throw new PeerUnavailableException("peer " + peer + " did not answer", e);
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw new PeerUnavailableException("peer " + peer + " answered nonsense", e);
        } catch (ObjectNotFoundException e) {
            throw e;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                InterruptedException interrupted = new InterruptedException("interrupted while peer " + peer + " worked");
                interrupted.initCause(e);
                throw interrupted;
            }
            throw new PeerUnavailableException("peer " + peer + " failed", e);
        }
    }

    /** A fault of the query is thrown, one of the peer returned; 409 means another version, 429 a full queue. */
    private static PeerUnavailableException failure(PeerAddress peer, Reply reply) throws IOException {
        String text = new String(reply.readAll(MAX_ERROR_BYTES), StandardCharsets.UTF_8);
        int status = reply.status();
        if (status == OBJECT_GONE) {
            throw new ObjectNotFoundException(text);
        }
        if (status >= 400 && status < 500 && status != 404 && status != 405 && status != 409 && status != 429 && status != 499) {
            throw new ApiException(status, text);
        }
        return new PeerUnavailableException("peer " + peer + " answered " + status + ": " + text);
    }
}
