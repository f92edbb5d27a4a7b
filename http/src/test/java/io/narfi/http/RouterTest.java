package io.narfi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narfi.common.ApiException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RouterTest {
    private static final Handler NOTHING = (_, _) -> {};
    private static final Route QUERY = Route.getOrPost("/loki/api/v1/query", NOTHING);
    private static final Route VALUES = Route.get("/loki/api/v1/label/{name}/values", NOTHING);
    private static final Route SPECIAL = Route.get("/loki/api/v1/label/special/values", NOTHING);
    private static final Route REST = Route.any("/debug/{path...}", NOTHING);
    private static final Route DELETE = Route.of(Set.of("DELETE"), "/both", NOTHING);
    private static final Route PUT = Route.of(Set.of("PUT"), "/both", NOTHING);
    private final Router router = new Router("", List.of(QUERY, VALUES, SPECIAL, REST, DELETE, PUT));

    private static Router.Match found(Route route, Map<String, String> params) {
        return new Router.Match.Found(route, params);
    }

    @Test
    void matches() {
        assertThat(router.match("GET", "/loki/api/v1/query")).isEqualTo(found(QUERY, Map.of()));
        assertThat(router.match("GET", "/loki/api/v1/label/app/values")).isEqualTo(found(VALUES, Map.of("name", "app")));
        assertThat(router.match("GET", "/loki/api/v1/label/a%2Fb+c/values")).isEqualTo(found(VALUES, Map.of("name", "a/b+c")));
        assertThat(router.match("GET", "/loki/api/v1/label/special/values")).isEqualTo(found(SPECIAL, Map.of()));
        assertThat(router.match("BREW", "/debug/a/b%20c/")).isEqualTo(found(REST, Map.of("path", "a/b c/")));
        assertThat(router.match("GET", "/debug/")).isEqualTo(found(REST, Map.of("path", "")));
        assertThat(router.match("DELETE", "/both")).isEqualTo(found(DELETE, Map.of()));
        assertThat(router.match("PUT", "/both")).isEqualTo(found(PUT, Map.of()));
        assertThat(router.match("GET", "/both")).isEqualTo(new Router.Match.WrongMethod());
        assertThat(router.match("HEAD", "/loki/api/v1/query")).isEqualTo(new Router.Match.WrongMethod());
        for (String path : List.of("/", "", "*", "/loki/api/v1/query/", "/loki//api/v1/query", "/loki/api/v1/label//values", "/debug", "x")) {
            assertThat(router.match("GET", path)).as(path).isEqualTo(new Router.Match.NotFound());
        }
        assertThatThrownBy(() -> router.match("GET", "/%4")).isInstanceOf(ApiException.class).hasMessage("invalid URL escape \"%4\"");
    }

    @Test
    void refusesRoutesThatContradict() {
        assertThatThrownBy(() -> new Router("", List.of(QUERY, Route.get("/loki/api/v1/query", NOTHING))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two routes");
        assertThatThrownBy(() -> new Router("", List.of(Route.get("/a/{b...}/c", NOTHING)))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Route.get("a", NOTHING)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesRoutesLikeLoki() {
        assertThat(QUERY.metricName()).isEqualTo("loki_api_v1_query");
        assertThat(VALUES.metricName()).isEqualTo("loki_api_v1_label_name_values");
        assertThat(Route.get("/", NOTHING).metricName()).isEqualTo("root");
    }

    @Test
    void parametersFollowGo() {
        Params params = Params.parse("a=1&b=x%20y+z&a=2&&c&=d&e==f");
        assertThat(params.all("a")).containsExactly("1", "2");
        assertThat(params.get("b")).isEqualTo("x y z");
        assertThat(params.get("c")).isEmpty();
        assertThat(params.get("")).isEqualTo("d");
        assertThat(params.get("e")).isEqualTo("=f");
        assertThat(params.get("missing")).isNull();
        assertThat(params.getOrEmpty("missing")).isEmpty();
        assertThat(params.names()).containsExactlyInAnyOrder("a", "b", "c", "", "e");
        assertThat(params.encode()).isEqualTo("a=1&a=2&b=x+y+z&c=&=d&e=%3Df");
        assertThat(Params.parse(Params.of("q", "{a=\"ü\"} |= `%`").encode()).get("q")).isEqualTo("{a=\"ü\"} |= `%`");
        assertThatThrownBy(() -> Params.parse("a=%")).hasMessage("invalid URL escape \"%\"");
        assertThatThrownBy(() -> Params.parse("%g1=a")).hasMessage("invalid URL escape \"%g1\"");
        assertThatThrownBy(() -> Params.parse("a=1;b=2")).hasMessage("invalid semicolon separator in query");
    }

    @Test
    void headersIgnoreCase() {
        Headers headers = Headers.of("Accept", "a, b", "X-Y", "1", "accept", "C ;d");
        assertThat(headers.get("ACCEPT")).isEqualTo("a, b");
        assertThat(headers.all("accept")).containsExactly("a, b", "C ;d");
        assertThat(headers.hasToken("Accept", "B")).isTrue();
        assertThat(headers.hasToken("Accept", "c")).isFalse();
        Headers copy = headers.copy().set("accept", "z");
        assertThat(copy.size()).isEqualTo(2);
        assertThat(headers.size()).isEqualTo(3);
        assertThat(copy.remove("x-y").contains("X-Y")).isFalse();
    }
}
