package io.narfi.common.config;

import static java.util.Objects.requireNonNull;

import io.narfi.common.ByteSizes;
import io.narfi.common.Durations;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Makes configuration records from YAML. A key that no component has is first offered to the {@link UnknownKeys} of the caller, who may
 * accept it (a Loki setting without effect here); otherwise it is an error.
 */
public final class ConfigReader {
    /** Decides on keys that are no settings. */
    @FunctionalInterface
    public interface UnknownKeys {
        UnknownKeys REFUSE = (path, where) -> false;

        /**
         * Whether a key is accepted without effect.
         *
         * @param path the keys from the root, joined by dots
         * @param where file and line
         */
        boolean accept(String path, String where);
    }

    private static final int MAX_DEPTH = 32;

    private final String file;
    private final UnknownKeys unknownKeys;

    /** @param file the name that messages give */
    public ConfigReader(String file, UnknownKeys unknownKeys) {
        this.file = requireNonNull(file, "file is null");
        this.unknownKeys = requireNonNull(unknownKeys, "unknownKeys is null");
    }

    /** A record in which everything stands at its default. */
    public static <T extends Record> T defaults(Class<T> type) {
        return new ConfigReader("defaults", UnknownKeys.REFUSE).build(type, null, null, "");
    }

    /** Reads a whole document; what it does not name stands at its default. */
    public <T extends Record> T read(String yaml, Class<T> type) {
        return build(type, parse(yaml), null, "");
    }

    /** Reads a whole document; what it does not name is taken from {@code base}. */
    public <T extends Record> T read(String yaml, T base) {
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) base.getClass();
        return build(type, parse(yaml), base, "");
    }

    /**
     * A record with some components replaced.
     *
     * @param values by the names of the components
     * @throws IllegalArgumentException if there is no such component
     */
    public static <T extends Record> T replace(T base, Map<String, Object> values) {
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) base.getClass();
        RecordComponent[] components = type.getRecordComponents();
        Object[] all = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        int replaced = 0;
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            Object value = values.get(components[i].getName());
            all[i] = value == null ? get(components[i], base) : value;
            replaced += value == null ? 0 : 1;
        }
        if (replaced != values.size()) {
            throw new IllegalArgumentException(type.getSimpleName() + " has not all of " + values.keySet());
        }
        return new ConfigReader("replaced", UnknownKeys.REFUSE).instantiate(type, types, all, null, "");
    }

    private @Nullable MappingNode parse(String yaml) {
        LoadSettings settings = LoadSettings.builder().setLabel(file).setUseMarks(true).setMaxAliasesForCollections(50).build();
        Optional<Node> root;
        try {
            root = new Compose(settings).composeString(yaml);
        } catch (YamlEngineException e) {
            throw new ConfigException(file + ": " + e.getMessage(), e);
        }
        return root.map(node -> isNull(node) ? null : mapping(node, "")).orElse(null);
    }

    private MappingNode mapping(Node node, String path) {
        if (node instanceof MappingNode m) {
            return m;
        }
        throw error(node, path, "expected keys and values");
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL) || (node instanceof ScalarNode s && s.getValue().isEmpty() && !s.getTag().equals(Tag.STR));
    }

    /** Reads one section. What the section does not name comes from {@code base} or, without one, from the defaults. */
    private <T extends Record> T build(Class<T> type, @Nullable MappingNode section, @Nullable T base, String path) {
        if (path.chars().filter(c -> c == '.').count() > MAX_DEPTH) {
            throw new ConfigException(file + ": nested too deeply: " + path);
        }
        Map<String, NodeTuple> given = section == null ? new LinkedHashMap<>() : entries(section, path);
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent c = components[i];
            types[i] = c.getType();
            String key = key(c);
            NodeTuple tuple = given.remove(key);
            Node node = tuple == null ? null : tuple.getValueNode();
            String childPath = path.isEmpty() ? key : path + "." + key;
            if (c.getType().isRecord()) {
                @SuppressWarnings("unchecked")
                Class<Record> child = (Class<Record>) c.getType();
                Setting setting = setting(c);
                boolean replaced = setting != null && setting.whole() && node != null && !isNull(node);
                Record childBase = base == null || replaced ? null : (Record) get(c, base);
                values[i] = build(child, node == null || isNull(node) ? null : mapping(node, childPath), childBase, childPath);
            } else if (node == null || (isNull(node) && !(c.getType() == String.class))) {
                values[i] = base == null ? defaultValue(c) : get(c, base);
            } else {
                values[i] = value(node, c.getGenericType(), setting(c), childPath);
            }
        }
        for (Map.Entry<String, NodeTuple> e : given.entrySet()) {
            String childPath = path.isEmpty() ? e.getKey() : path + "." + e.getKey();
            String where = where(e.getValue().getKeyNode());
            if (!unknownKeys.accept(childPath, where)) {
                throw new ConfigException(where + ": unknown key " + childPath);
            }
        }
        return instantiate(type, types, values, section, path);
    }

    private Map<String, NodeTuple> entries(MappingNode section, String path) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        for (NodeTuple t : section.getValue()) {
            String key = scalar(t.getKeyNode(), path);
            if (entries.put(key, t) != null) {
                throw error(t.getKeyNode(), path.isEmpty() ? key : path + "." + key, "the key stands twice");
            }
        }
        return entries;
    }

    private <T extends Record> T instantiate(
            Class<T> type, Class<?>[] types, Object[] values, @Nullable Node section, String path) {
        try {
            var constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String where = section == null ? file : where(section);
            throw new ConfigException(where + ": " + (path.isEmpty() ? "" : path + ": ") + cause.getMessage(), cause);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("not a configuration record: " + type, e);
        }
    }

    static Object get(RecordComponent component, Record record) {
        try {
            var accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }

    static @Nullable Setting setting(RecordComponent c) {
        return c.getAnnotation(Setting.class);
    }

    /** The YAML key of a component. */
    static String key(RecordComponent c) {
        Setting s = setting(c);
        if (s != null && !s.key().isEmpty()) {
            return s.key();
        }
        StringBuilder out = new StringBuilder();
        for (char ch : c.getName().toCharArray()) {
            if (Character.isUpperCase(ch)) {
                out.append('_');
            }
            out.append(Character.toLowerCase(ch));
        }
        return out.toString();
    }

    private Object defaultValue(RecordComponent c) {
        Setting s = setting(c);
        String text = s == null ? "" : s.value();
        if (!text.isEmpty()) {
            Optional<Node> node = new Compose(LoadSettings.builder().setLabel("default of " + key(c)).build()).composeString(text);
            return value(node.orElseThrow(), c.getGenericType(), s, key(c));
        }
        Class<?> t = c.getType();
        if (t == boolean.class) {
            return false;
        } else if (t == int.class) {
            return 0;
        } else if (t == long.class) {
            return 0L;
        } else if (t == double.class) {
            return 0.0;
        } else if (t == List.class) {
            return List.of();
        } else if (t == Map.class) {
            return Map.of();
        } else if (t == String.class) {
            return "";
        }
        throw new IllegalStateException("no configuration type: " + c.getGenericType() + " of " + c.getName());
    }

    private Object value(Node node, Type type, @Nullable Setting setting, String path) {
        Setting.Kind kind = setting == null ? Setting.Kind.PLAIN : setting.kind();
        if (type instanceof ParameterizedType p) {
            if (p.getRawType() == List.class) {
                return list(node, p.getActualTypeArguments()[0], setting, path);
            }
            if (p.getRawType() == Map.class) {
                Map<String, Object> out = new LinkedHashMap<>();
                if (!isNull(node)) {
                    for (Map.Entry<String, NodeTuple> e : entries(mapping(node, path), path).entrySet()) {
                        out.put(e.getKey(), value(e.getValue().getValueNode(), p.getActualTypeArguments()[1], setting, path + "." + e.getKey()));
                    }
                }
                return java.util.Collections.unmodifiableMap(out);
            }
            throw new IllegalStateException("no configuration type: " + type);
        }
        Class<?> t = (Class<?>) type;
        if (t.isRecord()) {
            @SuppressWarnings("unchecked")
            Class<Record> r = (Class<Record>) t;
            return build(r, mapping(node, path), null, path);
        }
        if (isNull(node) && t == String.class) {
            return "";
        }
        String text = scalar(node, path);
        try {
            return switch (kind) {
                case DURATION -> Durations.parseConfig(text);
                case BYTES -> ByteSizes.parse(text);
                case PLAIN -> plain(text, t);
            };
        } catch (IllegalArgumentException e) {
            throw error(node, path, requireNonNull(e.getMessage()));
        }
    }

    private List<Object> list(Node node, Type element, @Nullable Setting setting, String path) {
        List<Object> out = new ArrayList<>();
        if (node instanceof SequenceNode s) {
            for (Node n : s.getValue()) {
                out.add(value(n, element, setting, path));
            }
        } else if (!isNull(node) && element == String.class) {
            // Loki's flags take lists as text: a, b.
            for (String part : scalar(node, path).split(",")) {
                if (!part.isBlank()) {
                    out.add(part.strip());
                }
            }
        } else if (!isNull(node)) {
            throw error(node, path, "expected a list");
        }
        return List.copyOf(out);
    }

    private static Object plain(String text, Class<?> type) {
        if (type == String.class) {
            return text;
        } else if (type == boolean.class || type == Boolean.class) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on" -> true;
                case "false", "no", "off" -> false;
                default -> throw new IllegalArgumentException("expected true or false, found " + text);
            };
        } else if (type == int.class || type == Integer.class) {
            return Integer.parseInt(text.replace("_", ""));
        } else if (type == long.class || type == Long.class) {
            return Long.parseLong(text.replace("_", ""));
        } else if (type == double.class || type == Double.class) {
            return Double.parseDouble(text);
        }
        throw new IllegalStateException("no configuration type: " + type);
    }

    private String scalar(Node node, String path) {
        if (node instanceof ScalarNode s) {
            return s.getValue();
        }
        throw error(node, path, "expected a single value");
    }

    private ConfigException error(Node node, String path, String message) {
        return new ConfigException(where(node) + ": " + (path.isEmpty() ? "" : path + ": ") + message);
    }

    private String where(Node node) {
        return file + node.getStartMark().map(Mark::getLine).map(line -> ":" + (line + 1)).orElse("");
    }
}
