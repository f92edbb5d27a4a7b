package io.narfi.server.cluster;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Separate services around one object store: n write, n read, n backend, one gateway. */
public final class Cluster implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    private final List<Node> nodes = new ArrayList<>();
    private final Node gateway;

    /**
     * Starts everything and waits until it is ready.
     *
     * @param storage YAML below {@code common.storage}, indented by four blanks
     * @param extra further sections of every node but the gateway
     */
    public Cluster(Path dir, int writers, int readers, int backends, String storage, String extra) throws IOException, InterruptedException {
        for (int i = 0; i < writers; i++) {
            nodes.add(new Node("write-" + i, "write", dir));
        }
        for (int i = 0; i < readers; i++) {
            nodes.add(new Node("read-" + i, "read", dir));
        }
        for (int i = 0; i < backends; i++) {
            nodes.add(new Node("backend-" + i, "backend", dir));
        }
        gateway = new Node("gateway", "gateway", dir);
        for (Node n : nodes) {
            n.start("""
                    common:
                      path_prefix: %s
                      storage:
                    %s
                    querier:
                      peers: [%s]
                    %s
                    """.formatted(n.dir(), storage, urls("read"), extra));
        }
        nodes.add(gateway);
        gateway.start("""
                gateway:
                  write: [%s]
                  read: [%s]
                  backend: [%s]
                """.formatted(urls("write"), urls("read"), urls("backend")));
        for (Node n : nodes) {
            n.awaitReady(client, READY);
        }
    }

    private String urls(String target) {
        return nodes.stream().filter(n -> n.target().equals(target)).map(Node::url).collect(Collectors.joining(", "));
    }

    public Node gateway() {
        return gateway;
    }

    public List<Node> nodes() {
        return List.copyOf(nodes);
    }

    public List<Node> nodes(String target) {
        return nodes.stream().filter(n -> n.target().equals(target)).toList();
    }

    public HttpClient client() {
        return client;
    }

    public void awaitReady() throws IOException, InterruptedException {
        for (Node n : nodes) {
            n.awaitReady(client, READY);
        }
    }

    @Override
    public void close() {
        nodes.reversed().forEach(Node::close);
        client.close();
    }
}
