package io.narfi.server;

import io.narfi.common.Limits;
import io.narfi.common.config.ConfigWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** The limits that a tenant may see ({@code http-api.md} §12.2), as Logs Drilldown asks for them and as YAML. */
final class PublishedLimits {
    /** Limits of Loki's for what Narfi does not do: always off, but clients look for them. */
    private static final Map<String, Object> OFF = Map.of("metric_aggregation_enabled", false, "pattern_persistence_enabled", false);

    private final Set<String> names;

    /** @param names keys of {@code limits_config} that are shown */
    PublishedLimits(List<String> names) {
        this.names = Set.copyOf(names);
    }

    /** Values by key, as YAML reads them: durations and sizes are texts. */
    private Map<String, Object> of(Limits limits) {
        Map<String, Object> shown = new TreeMap<>(OFF);
        if (new Load(LoadSettings.builder().build()).loadFromString(ConfigWriter.write(limits)) instanceof Map<?, ?> all) {
            all.forEach((name, value) -> shown.put(String.valueOf(name), value));
        }
        shown.keySet().retainAll(names);
        return shown;
    }

    String yaml(Limits limits) {
        return new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build()).dumpToString(of(limits));
    }

    /** The answer to Logs Drilldown. */
    String json(Limits limits, boolean patterns, String version) {
        StringBuilder out = new StringBuilder("{\"limits\":");
        append(out, of(limits));
        out.append(",\"pattern_ingester_enabled\":").append(patterns).append(",\"version\":").append(OpsRoutes.jsonText(version));
        return out.append("}\n").toString();
    }

    private static void append(StringBuilder out, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                out.append('{');
                map.forEach((name, of) -> {
                    separate(out, '{');
                    out.append(OpsRoutes.jsonText(String.valueOf(name))).append(':');
                    append(out, of);
                });
                out.append('}');
            }
            case List<?> list -> {
                out.append('[');
                for (Object of : list) {
                    separate(out, '[');
                    append(out, of);
                }
                out.append(']');
            }
            case Boolean b -> out.append(b.booleanValue());
            case Number n -> out.append(n);
            default -> out.append(OpsRoutes.jsonText(String.valueOf(value)));
        }
    }

    private static void separate(StringBuilder out, char open) {
        if (out.charAt(out.length() - 1) != open) {
            out.append(',');
        }
    }
}
