package io.narfi.common.config;

import io.narfi.common.ByteSizes;
import io.narfi.common.Durations;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints configuration records as YAML that {@link ConfigReader} reads back, except that secrets are masked. */
public final class ConfigWriter {
    private static final String MASK = "********";

    private final StringBuilder out = new StringBuilder();

    private ConfigWriter() {}

    /** The whole configuration. */
    public static String write(Record config) {
        ConfigWriter w = new ConfigWriter();
        w.section(config, null, 0);
        return w.out.toString();
    }

    /** Only what differs from the defaults. */
    public static String writeDifference(Record config) {
        ConfigWriter w = new ConfigWriter();
        w.section(config, ConfigReader.defaults(config.getClass()), 0);
        return w.out.isEmpty() ? "{}\n" : w.out.toString();
    }

    private void section(Record config, @Nullable Record base, int depth) {
        for (RecordComponent c : config.getClass().getRecordComponents()) {
            Object value = ConfigReader.get(c, config);
            Object baseValue = base == null ? null : ConfigReader.get(c, base);
            if (value.equals(baseValue)) {
                continue;
            }
            indent(depth).append(ConfigReader.key(c)).append(':');
            if (value instanceof Record r) {
                out.append('\n');
                section(r, (Record) baseValue, depth + 1);
            } else {
                Setting setting = ConfigReader.setting(c);
                value(setting != null && setting.secret() && !value.equals("") ? MASK : value, setting, depth);
            }
        }
    }

    private void value(Object value, @Nullable Setting setting, int depth) {
        switch (value) {
            case List<?> list when list.isEmpty() -> out.append(" []\n");
            case List<?> list -> {
                out.append('\n');
                for (Object o : list) {
                    indent(depth).append("-");
                    if (o instanceof Record r) {
                        element(r, depth + 1);
                    } else {
                        value(o, setting, depth + 1);
                    }
                }
            }
            case Map<?, ?> map when map.isEmpty() -> out.append(" {}\n");
            case Map<?, ?> map -> {
                out.append('\n');
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    indent(depth + 1).append(scalar(e.getKey(), null)).append(':');
                    if (e.getValue() instanceof Record r) {
                        out.append('\n');
                        section(r, null, depth + 2);
                    } else {
                        value(e.getValue(), setting, depth + 1);
                    }
                }
            }
            default -> out.append(' ').append(scalar(value, setting)).append('\n');
        }
    }

    /** A record in a list: its first key stands behind the dash. */
    private void element(Record r, int depth) {
        int at = out.length();
        section(r, null, depth);
        int indentation = 2 * depth;
        out.replace(at, at + indentation, " ");
    }

    private StringBuilder indent(int depth) {
        return out.append("  ".repeat(depth));
    }

    private static String scalar(Object value, @Nullable Setting setting) {
        Setting.Kind kind = setting == null ? Setting.Kind.PLAIN : setting.kind();
        if (value instanceof Long n) {
            return switch (kind) {
                case DURATION -> Durations.formatPrometheus(n).equals("0s") && n != 0 ? Durations.formatGo(n) : Durations.formatPrometheus(n);
                case BYTES -> ByteSizes.format(n);
                case PLAIN -> n.toString();
            };
        }
        if (!(value instanceof String s)) {
            return value.toString();
        }
        boolean plain = !s.isEmpty();
        for (int i = 0; i < s.length() && plain; i++) {
            char c = s.charAt(i);
            plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && i > 0) || (i > 0 && "_-./".indexOf(c) >= 0);
        }
        return plain && !s.matches("(?i)true|false|null|yes|no|on|off") ? s : '"' + s.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
