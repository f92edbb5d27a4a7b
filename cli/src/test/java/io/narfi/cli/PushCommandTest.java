package io.narfi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import io.narfi.http.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xerial.snappy.Snappy;

class PushCommandTest {
    private final List<String> bodies = new CopyOnWriteArrayList<>();

    private FakeServer server() throws Exception {
        return new FakeServer((request, response) -> {
            bodies.add(text(request));
            response.status(204).send(new byte[0]);
        });
    }

    private static String text(Request request) throws IOException {
        byte[] body = request.body().readAllBytes();
        InputStream in = new ByteArrayInputStream(body);
        if ("gzip".equals(request.header("Content-Encoding"))) {
            in = new GZIPInputStream(in);
        }
        if ("application/x-protobuf".equals(request.header("Content-Type"))) {
            return fields(Snappy.uncompress(in.readAllBytes()));
        }
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Protobuf as text: numbers of fields and their values, messages in brackets. */
    private static String fields(byte[] message) {
        return new Fields(message).message(0);
    }

    private static final class Fields {
        private final byte[] bytes;
        private int at;

        Fields(byte[] bytes) {
            this.bytes = bytes;
        }

        /** Of a PushRequest at level 0, a Stream at 1, an Entry at 2, below that a Timestamp or a LabelPair. */
        String message(int level) {
            StringBuilder out = new StringBuilder();
            while (at < bytes.length) {
                long key = varint();
                int field = (int) (key >>> 3);
                out.append(out.isEmpty() ? "" : " ").append(field).append('=');
                if ((key & 7) == 0) {
                    out.append(varint());
                    continue;
                }
                int length = (int) varint();
                byte[] value = java.util.Arrays.copyOfRange(bytes, at, at + length);
                at += length;
                boolean nested = level == 0 || (level == 1 && field == 2) || (level == 2 && field != 2);
                out.append(nested ? "[" + new Fields(value).message(level + 1) + "]" : new String(value, StandardCharsets.UTF_8));
            }
            return out.toString();
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte b = bytes[at++];
                value |= (long) (b & 0x7f) << shift;
                if (b >= 0) {
                    return value;
                }
            }
        }
    }

    @Test
    void protobufUnderSnappy() throws Exception {
        try (FakeServer server = server()) {
            TestConsole console = TestConsole.of(server).in("1793534400.000000005 one\r\n1793534401 zwei ä\n\n1793534399 last");
            assertThat(console.run("push", "-l", "app=a", "--label=env=p\"q", "-m", "trace=t1", "--timestamp=unix")).as(console.err()).isZero();
            assertThat(bodies).containsExactly("1=[1={app=\"a\", env=\"p\\\"q\"}"
                    + " 2=[1=[1=1793534400 2=5] 2=1793534400.000000005 one 3=[1=trace 2=t1]]"
                    + " 2=[1=[1=1793534401 2=0] 2=1793534401 zwei ä 3=[1=trace 2=t1]]"
                    + " 2=[1=[1=1793534401 2=1] 2= 3=[1=trace 2=t1]]"
                    + " 2=[1=[1=1793534399 2=0] 2=1793534399 last 3=[1=trace 2=t1]]]");
            assertThat(console.err()).isEqualTo("pushed 4 lines in 1 batches (153 B sent); refused 0; repeated 0 times\n");
        }
    }

    @Test
    void jsonUnderGzip() throws Exception {
        try (FakeServer server = server()) {
            TestConsole console = TestConsole.of(server).in("a\"b\nc\n");
            assertThat(console.run("push", "-q", "-l", "app=a", "--format=json", "--gzip")).as(console.err()).isZero();
            assertThat(bodies).containsExactly("{\"streams\":[{\"stream\":{\"app\":\"a\"},\"values\":"
                    + "[[\"1793534400000000000\",\"a\\\"b\"],[\"1793534400000000001\",\"c\"]]}]}");
            assertThat(console.err()).isEmpty();
        }
    }

    @Test
    void whatQueryPrintsCanBePushed() throws Exception {
        String line = "{\"labels\":{\"app\":\"x\",\"env\":\"a\"},\"line\":\"l\\n1\",\"timestamp\":\"2026-11-01T13:00:00.000000007+01:00\",\"structuredMetadata\":{\"k\":\"v\"}}\n";
        try (FakeServer server = server()) {
            TestConsole console = TestConsole.of(server).in(line + "\n{\"line\":\"2\",\"timestamp\":\"1793534400000000008\"}\n");
            assertThat(console.run("push", "--input=jsonl", "--label=env=b", "--format=json")).as(console.err()).isZero();
            assertThat(bodies).containsExactly("{\"streams\":[{\"stream\":{\"app\":\"x\",\"env\":\"b\"},\"values\":[[\"1793534400000000007\",\"l\\n1\",{\"k\":\"v\"}]]},"
                    + "{\"stream\":{\"env\":\"b\"},\"values\":[[\"1793534400000000008\",\"2\"]]}]}");
            TestConsole broken = TestConsole.of(server).in(line + "no object\n");
            assertThat(broken.run("push", "--input=jsonl")).isEqualTo(1);
            assertThat(broken.err()).contains("line 2 of the input is no JSON");
        }
    }

    @Test
    void filesInBatches(@TempDir Path dir) throws Exception {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            lines.add("line number " + i);
        }
        Path one = Files.write(dir.resolve("one"), lines.subList(0, 400));
        Path two = Files.write(dir.resolve("two"), lines.subList(400, 1000));
        try (FakeServer server = server()) {
            TestConsole console = TestConsole.of(server);
            assertThat(console.run("push", "-l", "a=b", "--batch-size=5000", "--format=json", one.toString(), two.toString())).as(console.err()).isZero();
            assertThat(bodies.size()).isBetween(5, 8);
            List<String> arrived = new ArrayList<>();
            for (String body : bodies) {
                for (Object stream : Json.list(Json.object(Json.read(body)).get("streams"))) {
                    Json.list(Json.object(stream).get("values")).forEach(v -> arrived.add(Json.text(Json.list(v).get(1))));
                }
            }
            assertThat(arrived).containsExactlyInAnyOrderElementsOf(lines);
            assertThat(console.err()).startsWith("pushed 1000 lines in " + bodies.size() + " batches");
            TestConsole missing = TestConsole.of(server);
            assertThat(missing.run("push", "-l", "a=b", one.toString(), dir.resolve("none").toString())).isEqualTo(1);
            assertThat(missing.err()).contains("pushed 400 lines").contains("cannot read the input");
        }
    }

    @Test
    void aBatchDoesNotWaitForTheEndOfTheInput() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        try (FakeServer server = new FakeServer((request, response) -> {
            bodies.add(text(request));
            arrived.countDown();
            response.status(204).send(new byte[0]);
        });
                PipedInputStream in = new PipedInputStream()) {
            PipedOutputStream writer = new PipedOutputStream(in);
            TestConsole console = TestConsole.of(server);
            Console base = console.console();
            Console live = new Console(in, base.out(), base.err(), base.environment(), base.clock(), base.zone());
            Thread command = Thread.ofVirtual().start(() -> {
                var _ = Cli.run(live, "push", "-l", "a=b", "--batch-wait=10ms", "--format=json");
            });
            writer.write("first\n".getBytes(StandardCharsets.UTF_8));
            writer.flush();
            assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(bodies.getFirst()).contains("first");
            writer.close();
            assertThat(command.join(Duration.ofSeconds(30))).isTrue();
            assertThat(console.err()).contains("pushed 1 lines in 1 batches");
        }
    }

    @Test
    void busyServersAreTriedAgain() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (FakeServer server = new FakeServer((request, response) -> {
            bodies.add(text(request));
            switch (calls.incrementAndGet()) {
                case 1 -> throw new ApiException(429, "slow down");
                case 2 -> throw new ApiException(503, "later");
                default -> response.status(204).send(new byte[0]);
            }
        })) {
            TestConsole console = TestConsole.of(server).in("x\n");
            assertThat(console.run("push", "-l", "a=b", "--min-backoff=1ms")).as(console.err()).isZero();
            assertThat(bodies).hasSize(3).containsOnly(bodies.getFirst());
            assertThat(console.err()).endsWith("refused 0; repeated 2 times\n");
            calls.set(0);
            TestConsole impatient = TestConsole.of(server).in("x\n");
            assertThat(impatient.run("push", "-l", "a=b", "--min-backoff=1ms", "--retries=1")).isEqualTo(1);
            assertThat(impatient.err()).contains("pushed 0 lines").contains("gave up on a batch of 1 lines: the server answered 503: later");
        }
    }

    @Test
    void whatIsRefusedIsToldAndTheRestIsSent() throws Exception {
        try (FakeServer server = new FakeServer((request, response) -> {
            String body = text(request);
            bodies.add(body);
            if (body.contains("bad")) {
                throw new ApiException(400, "no such line");
            }
            response.status(204).send(new byte[0]);
        })) {
            TestConsole console = TestConsole.of(server).in("good\nbad\nfine\n");
            assertThat(console.run("push", "-l", "a=b", "--batch-size=1")).isEqualTo(1);
            assertThat(bodies).hasSize(3);
            assertThat(console.err()).contains("the server answered 400: no such line").contains("pushed 2 lines in 2 batches").contains("refused 1;")
                    .endsWith("narfi: 1 lines are in batches that the server refused at least in part\n");
        }
    }

    @Test
    void whatWasGivenUpIsTold() throws Exception {
        CountDownLatch gaveUp = new CountDownLatch(2);
        try (FakeServer server = new FakeServer((request, response) -> {
            String body = text(request);
            if (body.contains("bad")) {
                gaveUp.countDown();
                throw new ApiException(503, "not now");
            }
            assertThat(gaveUp.await(30, TimeUnit.SECONDS)).isTrue();
            response.status(204).send(new byte[0]);
        })) {
            TestConsole console = TestConsole.of(server).in("slow\nbad\n" + "more\n".repeat(1000));
            assertThat(console.run("push", "-l", "a=b", "--batch-size=1", "--parallel=2", "--retries=1", "--min-backoff=1ms")).isEqualTo(1);
            Matcher told = Pattern.compile("pushed (\\d+) lines in .*; refused 0; repeated 1 times; no answer for (\\d+) of the (\\d+) lines read\n"
                            + "narfi: gave up on a batch of 1 lines: the server answered 503: not now\n")
                    .matcher(console.err());
            assertThat(told.matches()).as(console.err()).isTrue();
            assertThat(Integer.parseInt(told.group(1))).as("what was under way arrived").isPositive();
            assertThat(Integer.parseInt(told.group(1)) + Integer.parseInt(told.group(2))).isEqualTo(Integer.parseInt(told.group(3)));
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsNotWaitedForForEver() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (FakeServer server = new FakeServer((request, response) -> {
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            response.status(204).send(new byte[0]);
        })) {
            Connection connection = new Connection(
                    URI.create(server.url()), List.of(), null, false, null, null, null, false, 0, Duration.ZERO, Duration.ZERO);
            try (ApiClient api = new ApiClient(connection, null)) {
                assertThatThrownBy(() -> api.post("/x", new byte[1], "text/plain", null, Duration.ofMillis(50)))
                        .isInstanceOf(HttpTimeoutException.class);
            } finally {
                done.countDown();
            }
        }
    }

    @Test
    void fewLongLinesWaitToBeSent() throws Exception {
        LineQueue queue = new LineQueue();
        String line = "x".repeat(10 << 20);
        queue.put(line);
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                queue.put(line);
                queue.put("y".repeat(40 << 20));
                queue.end(null);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (reader.getState() != Thread.State.WAITING && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(reader.getState()).as("while there is no room").isEqualTo(Thread.State.WAITING);
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            LineQueue.Item item = queue.poll(TimeUnit.SECONDS.toNanos(30));
            assertThat(item).isNotNull();
            String text = item == null ? null : item.line();
            lengths.add(text == null ? -1 : text.length());
        }
        assertThat(lengths).containsExactly(10 << 20, 10 << 20, 40 << 20, -1);
        assertThat(reader.join(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void veryLongLinesAreCut() throws Exception {
        LineReader reader = new LineReader(new ByteArrayInputStream("abcdefgh\nxy\n".getBytes(StandardCharsets.UTF_8)), 4);
        assertThat(List.of(String.valueOf(reader.next()), String.valueOf(reader.next()), String.valueOf(reader.next()))).containsExactly("abcd", "xy", "null");
        assertThat(reader.cut()).isEqualTo(1);
    }
}
