package io.narfi.logql.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the recorded answers do not show: bounds, and corners of the language. */
class TemplateTest {
    /** Labels in a map. */
    private record Labels(Map<String, String> labels) implements TemplateData {
        @Override
        public @Nullable String label(String name) {
            return labels.get(name);
        }

        @Override
        public List<String> names() {
            return List.copyOf(new TreeMap<>(labels).keySet());
        }

        @Override
        public String line() {
            return "the line";
        }

        @Override
        public long timestamp() {
            return 1_700_000_000_123_456_789L;
        }
    }

    private static String run(String text) throws TemplateException, TemplateSyntaxException {
        Map<String, String> labels = Map.of("a", "1", "b", "two", "json", "{\"x\":{\"y\":[1,2.5,\"s\",null]},\"z\":true}", "u", GoStrings.ofText("hé"));
        return GoStrings.toText(Template.parse("line", text).executor().run(new Labels(labels)));
    }

    @Test
    void actions() throws Exception {
        assertThat(run("{{if .a}}yes{{else}}no{{end}}{{if .missing}}yes{{else if .b}}b{{end}}")).isEqualTo("yesb");
        assertThat(run("{{range $k, $v := .}}{{$k}}={{len $v}};{{end}}")).isEqualTo("a=1;b=3;json=37;u=3;");
        assertThat(run("{{with .b}}[{{.}}]{{end}} {{- /* cut */ -}} x")).isEqualTo("[two]x");
        assertThat(run("{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .a}}{{block \"u\" .b}}({{.}}){{end}}")).isEqualTo("<1>(two)");
        assertThat(run("{{$x := 1}}{{$x = add $x 4}}{{$x}}")).isEqualTo("5");
        assertThat(run("{{range $i := 5}}{{if eq $i 3}}{{break}}{{end}}{{if eq $i 1}}{{continue}}{{end}}{{$i}}{{end}}")).isEqualTo("02");
        assertThat(run("{{(fromJson .json).x.y}} {{index (fromJson .json).x.y 1}} {{(fromJson .json).q}} {{fromJson .json}}"))
                .isEqualTo("[1 2.5 s <nil>] 2.5 <no value> map[x:map[y:[1 2.5 s <nil>]] z:true]");
        assertThat(run("{{printf \"%05d|%-5s|%q|%x|%.2f|%v|%T|%d\" 42 .b .b .b 2.345 3e6 .a .a}}"))
                .isEqualTo("00042|two  |\"two\"|74776f|2.35|3e+06|string|%!d(string=1)");
        assertThat(run("{{.u | trunc 2}}")).isEqualTo("h\ufffd");
        assertThat(run("{{or .missing .b}} {{and .a .b}} {{not .a}} {{slice .b 1 2}} {{index .b 0}}")).isEqualTo("two two false w 116");
        assertThat(run("{{ __timestamp__ | unixEpochMillis }} {{ __line__ | upper }}")).isEqualTo("1700000000123 THE LINE");
    }

    @Test
    void messages() {
        assertThatThrownBy(() -> run("{{.a")).hasMessage("template: line:1: unclosed action");
        assertThatThrownBy(() -> run("x\n{{nosuch}}")).hasMessage("template: line:2: function \"nosuch\" not defined");
        assertThatThrownBy(() -> run("{{break}}")).hasMessage("template: line:1: {{break}} outside {{range}}");
        assertThatThrownBy(() -> run("{{$x}}")).hasMessage("template: line:1: undefined variable \"$x\"");
        assertThatThrownBy(() -> run("{{.a | 5}}")).hasMessage("template: line:1: non executable command in pipeline stage 2");
        assertThatThrownBy(() -> run("{{.a.b}}")).hasMessage("template: line:1:4: executing \"line\" at <.a.b>: can't evaluate field b in type string");
        assertThatThrownBy(() -> run("ab\n {{div 1 0}}"))
                .hasMessage("template: line:2:3: executing \"line\" at <div 1 0>: error calling div: runtime error: integer divide by zero");
        assertThatThrownBy(() -> run("{{lower 5}}")).hasMessage("template: line:1:8: executing \"line\" at <5>: expected string; found 5");
        assertThatThrownBy(() -> run("{{trunc .a .b}}")).hasMessage("template: line:1:8: executing \"line\" at <.a>: wrong type for value; expected int; got string");
        assertThatThrownBy(() -> run("{{range .a}}{{end}}")).hasMessage("template: line:1:8: executing \"line\" at <.a>: range can't iterate over 1");
    }

    @Test
    void outputIsBounded() throws Exception {
        assertThat(run("{{repeat 4194304 \"x\" | len}}")).isEqualTo("4194304");
        assertThatThrownBy(() -> run("{{repeat 4194305 \"x\" | len}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer than 4194304 bytes");
        assertThatThrownBy(() -> run("{{range 5}}{{repeat 1000000 \"x\"}}{{end}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer");
        assertThatThrownBy(() -> run("{{replace \"\" (repeat 1000 \"y\") (repeat 100000 \"x\")}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer");
        assertThatThrownBy(() -> run("{{regexReplaceAll \"x\" (repeat 100000 \"x\") (repeat 1000 \"y\")}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer");
        assertThatThrownBy(() -> run("{{indent 1000000 (repeat 100 \"x\\n\")}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer");
        assertThatThrownBy(() -> run("{{range 100}}{{printf \"%999999d\" 1}}{{end}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer");
        assertThatThrownBy(() -> run("{{alignLeft 9000000 .a}}")).isInstanceOf(TemplateException.class).hasMessageContaining("output is longer");
    }

    @Test
    void stepsAndDepthAreBounded() throws Exception {
        assertThatThrownBy(() -> run("{{range 1000000000}}{{end}}")).isInstanceOf(TemplateException.class).hasMessageContaining("more than 1000000 steps");
        assertThatThrownBy(() -> run("{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}"))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("exceeded maximum template depth");
        assertThatThrownBy(() -> run("{{" + "(".repeat(201) + ".a" + ")".repeat(201) + "}}")).hasMessage("template: line:1: nested deeper than 200 levels");
        assertThatThrownBy(() -> run("{{if .a}}".repeat(300) + "{{end}}".repeat(300))).hasMessage("template: line:1: nested deeper than 200 levels");
        assertThat(run("{{ fromJson \"" + "[".repeat(300) + "]".repeat(300) + "\" }}")).isEqualTo("<no value>");
    }

    @Test
    void compiledExpressionsAreBounded() throws Exception {
        Executor executor = Template.parse("line", "{{range $i := 100}}{{count (print $i) \"1\"}}{{end}}").executor();
        assertThat(executor.run(new Labels(Map.of()))).hasSize(100);
        assertThat(executor.regexes().size()).isEqualTo(Regexes.MAX_COMPILED);
    }
}
