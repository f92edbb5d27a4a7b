package io.narfi.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.http.Request;
import io.narfi.http.Response;
import io.narfi.http.Route;
import io.narfi.querier.peer.PeerAddress;
import io.narfi.querier.peer.Peers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * The pages of Loki's rings (contract/http-api.md §15), for tools that look whether an instance is healthy. There is no ring: a page shows
 * this process and the peers that it knows by name, all ACTIVE and without tokens. Forgetting an instance does nothing, as a peer is gone
 * when its name is.
 */
final class RingPages {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String JSON = "application/json";
    private static final List<String> WRITE_RINGS = List.of("/ring", "/ui/ring", "/partition-ring", "/ingest-limits/ring", "/ingest-limits-frontend/ring");
    private static final List<String> OTHER_RINGS = List.of("/indexgateway/ring", "/scheduler/ring", "/ruler/ring", "/compactor/ring", "/pattern/ring");

    private record Instance(String id, String address, boolean self) {}

    private final String target;
    private final IntSupplier port;
    private final Peers writePeers;
    private final Peers readPeers;
    private final InstantSource clock;
    private final boolean globalRates;
    private final Instant started;

    /** @param rateStrategy without global rates there is no ring of distributors */
    RingPages(String target, IntSupplier port, Peers writePeers, Peers readPeers, InstantSource clock, String rateStrategy) {
        this.target = requireNonNull(target, "target is null");
        this.port = requireNonNull(port, "port is null");
        this.writePeers = requireNonNull(writePeers, "writePeers is null");
        this.readPeers = requireNonNull(readPeers, "readPeers is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.globalRates = rateStrategy.equals("global");
        this.started = clock.instant();
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        WRITE_RINGS.forEach(path -> routes.add(Route.getOrPost(path, (request, response) -> ring(path, writePeers, request, response))));
        OTHER_RINGS.forEach(path -> routes.add(Route.getOrPost(path, (request, response) -> ring(path, readPeers, request, response))));
        routes.add(Route.getOrPost("/distributor/ring", this::distributors));
        routes.add(Route.get("/memberlist", (_, response) -> response.sendText(200, "This instance doesn't use memberlist.")));
        routes.add(Route.getOrPost("/analytics", this::analytics));
        return routes;
    }

    private void distributors(Request request, Response response) throws IOException {
        if (globalRates) {
            ring("/distributor/ring", writePeers, request, response);
        } else {
            response.send(200, HTML, page("Distributor ring", "<p>The limits of rates are local to each process: there is no ring.</p>").getBytes(UTF_8));
        }
    }

    private void ring(String path, Peers peers, Request request, Response response) throws IOException {
        if (request.method().equals("POST")) {
            response.status(302).header("Location", "#").send(new byte[0]);
            return;
        }
        List<Instance> instances = Stream.concat(
                        Stream.of(self()), peers.others().stream().map(p -> new Instance(address(p), address(p), false)))
                .toList();
        String accept = request.header("Accept");
        if (accept != null && accept.contains(JSON)) {
            response.send(200, JSON, json(instances).getBytes(UTF_8));
        } else {
            response.send(200, HTML, page("Ring status: " + path, table(instances)).getBytes(UTF_8));
        }
    }

    private Instance self() {
        String host;
        String address;
        try {
            InetAddress local = InetAddress.getLocalHost();
            host = local.getHostName();
            address = local.getHostAddress();
        } catch (UnknownHostException e) {
            // A machine that does not know its own name still has one address.
            host = "localhost";
            address = InetAddress.getLoopbackAddress().getHostAddress();
        }
        return new Instance(host + "-" + target, address + ":" + port.getAsInt(), true);
    }

    private static String address(PeerAddress peer) {
        return peer.toString();
    }

    private String json(List<Instance> instances) {
        Instant now = clock.instant();
        StringBuilder out = new StringBuilder("{\"shards\":[");
        String separator = "";
        for (Instance i : instances) {
            out.append(separator).append("{\"id\":").append(OpsRoutes.jsonText(i.id));
            out.append(",\"state\":\"ACTIVE\",\"address\":").append(OpsRoutes.jsonText(i.address));
            out.append(",\"timestamp\":\"").append(now.truncatedTo(ChronoUnit.SECONDS));
            // Only its own start is known to a process.
            out.append("\",\"registered_timestamp\":\"").append((i.self ? started : Instant.EPOCH).truncatedTo(ChronoUnit.SECONDS));
            out.append("\",\"read_only\":false,\"read_only_updated_timestamp\":\"0001-01-01T00:00:00Z\",\"zone\":\"\",\"tokens\":[]}");
            separator = ",";
        }
        return out.append("],\"now\":\"").append(now).append("\"}\n").toString();
    }

    private String table(List<Instance> instances) {
        StringBuilder out = new StringBuilder("<p>Current time: ").append(clock.instant()).append("</p>\n<form action=\"\" method=\"POST\">\n"
                + "<table>\n<tr><th>Instance ID</th><th>State</th><th>Address</th><th>Tokens</th><th>Actions</th></tr>\n");
        for (Instance i : instances) {
            out.append("<tr><td>").append(html(i.id)).append("</td><td>ACTIVE</td><td>").append(html(i.address)).append("</td><td>0</td><td>")
                    .append("<button name=\"forget\" value=\"").append(html(i.id)).append("\" type=\"submit\">Forget</button></td></tr>\n");
        }
        return out.append("</table>\n</form>").toString();
    }

    private static String page(String title, String content) {
        return "<!DOCTYPE html>\n<html>\n<head><meta charset=\"UTF-8\"><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n" + content
                + "\n</body>\n</html>\n";
    }

    private static String html(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    /** What Loki would report of itself; nothing is sent anywhere. */
    private void analytics(Request request, Response response) throws IOException {
        BuildInfo b = BuildInfo.current();
        String body = "{\"createdAt\":\"" + started + "\",\"interval\":\"" + clock.instant() + "\",\"target\":" + OpsRoutes.jsonText(target)
                + ",\"version\":{\"version\":" + OpsRoutes.jsonText(b.lokiVersion()) + ",\"revision\":" + OpsRoutes.jsonText(b.revision())
                + ",\"branch\":\"HEAD\",\"buildUser\":\"\",\"buildDate\":" + OpsRoutes.jsonText(b.date()) + ",\"goVersion\":\"java"
                + Runtime.version().feature() + "\"},\"os\":" + OpsRoutes.jsonText(System.getProperty("os.name", ""))
                + ",\"arch\":" + OpsRoutes.jsonText(System.getProperty("os.arch", "")) + ",\"edition\":\"oss\",\"metrics\":{}}\n";
        response.send(200, JSON, body.getBytes(UTF_8));
    }
}
