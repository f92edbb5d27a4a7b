package io.narfi.http;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a method and a path. Literal segments win over {@code {name}}, which wins over {@code {name...}}. Paths are not
 * normalised: a slash at the end or a double slash makes another path.
 */
public final class Router {
    private final String prefix;
    private final List<Route> routes;
    private final Node root = new Node();

    /**
     * Makes the router of a server.
     *
     * @param prefix stands before every pattern ({@code server.http_path_prefix}); may be empty; a slash at its end is dropped
     * @throws IllegalArgumentException if two routes serve the same method and path
     */
    public Router(String prefix, List<Route> routes) {
        requireNonNull(prefix, "prefix is null");
        String p = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
        this.prefix = p.isEmpty() || p.startsWith("/") ? p : "/" + p;
        this.routes = List.copyOf(routes);
        for (Route route : this.routes) {
            insert(route);
        }
    }

    public String prefix() {
        return prefix;
    }

    public List<Route> routes() {
        return routes;
    }

    /** What the router says of a method and a path. */
    public sealed interface Match {
        /** The route, and the decoded values of the named parts of its pattern. */
        record Found(Route route, Map<String, String> pathParams) implements Match {}

        /** Nothing serves the path: 404. */
        record NotFound() implements Match {}

        /** The path is served, but not by this method: 405. */
        record WrongMethod() implements Match {}
    }

    /**
     * Finds the route.
     *
     * @param rawPath the path with its escapes
     * @throws io.narfi.common.ApiException 400 if the path has a bad escape
     */
    public Match match(String method, String rawPath) {
        String[] segments = rawPath.split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            segments[i] = UrlEncoding.decodePath(segments[i]);
        }
        Map<String, String> params = new HashMap<>(4);
        Leaf leaf = rawPath.startsWith("/") ? find(root, segments, 1, params) : null;
        if (leaf == null) {
            return new Match.NotFound();
        }
        Route route = leaf.route(method);
        if (route != null) {
            return new Match.Found(route, Map.copyOf(params));
        }
        // Loki answers DELETE on a path that other methods serve with 404, every other method with 405 (conformance errors-276, errors-277).
        return method.equals("DELETE") ? new Match.NotFound() : new Match.WrongMethod();
    }

    private static @Nullable Leaf find(Node node, String[] segments, int at, Map<String, String> params) {
        if (at == segments.length) {
            return node.leaf;
        }
        String segment = segments[at];
        Node literal = node.literals.get(segment);
        if (literal != null) {
            Leaf leaf = find(literal, segments, at + 1, params);
            if (leaf != null) {
                return leaf;
            }
        }
        if (!segment.isEmpty()) {
            for (Map.Entry<String, Node> e : node.named.entrySet()) {
                Leaf leaf = find(e.getValue(), segments, at + 1, params);
                if (leaf != null) {
                    params.put(e.getKey(), segment);
                    return leaf;
                }
            }
        }
        if (node.rest != null && node.restName != null) {
            params.put(node.restName, String.join("/", List.of(segments).subList(at, segments.length)));
            return node.rest;
        }
        return null;
    }

    private void insert(Route route) {
        String[] segments = (prefix + route.pattern()).split("/", -1);
        Node node = root;
        for (int i = 1; i < segments.length; i++) {
            String s = segments[i];
            boolean named = s.startsWith("{") && s.endsWith("}");
            if (named && s.endsWith("...}")) {
                if (i != segments.length - 1) {
                    throw new IllegalArgumentException("the rest of a path must be the last segment: " + route.pattern());
                }
                String name = s.substring(1, s.length() - 4);
                if (node.restName != null && !node.restName.equals(name)) {
                    throw new IllegalArgumentException("two names for the rest of a path: " + route.pattern());
                }
                node.restName = name;
                node.rest = node.rest == null ? new Leaf() : node.rest;
                node.rest.add(route);
                return;
            }
            Map<String, Node> next = named ? node.named : node.literals;
            node = next.computeIfAbsent(named ? s.substring(1, s.length() - 1) : s, _ -> new Node());
        }
        node.leaf = node.leaf == null ? new Leaf() : node.leaf;
        node.leaf.add(route);
    }

    private static final class Node {
        private final Map<String, Node> literals = new HashMap<>();
        private final Map<String, Node> named = new HashMap<>(2);
        private @Nullable Leaf leaf;
        private @Nullable String restName;
        private @Nullable Leaf rest;
    }

    /** The routes of one path. */
    private static final class Leaf {
        private final List<Route> routes = new ArrayList<>(1);

        void add(Route route) {
            for (Route other : routes) {
                Set<String> methods = other.methods();
                if (methods.isEmpty() ? route.methods().isEmpty() : route.methods().stream().anyMatch(methods::contains)) {
                    throw new IllegalArgumentException("two routes for " + route.methods() + " " + route.pattern());
                }
            }
            routes.add(route);
        }

        @Nullable Route route(String method) {
            Route any = null;
            for (Route route : routes) {
                if (route.methods().contains(method)) {
                    return route;
                }
                if (route.methods().isEmpty()) {
                    any = route;
                }
            }
            return any;
        }
    }
}
