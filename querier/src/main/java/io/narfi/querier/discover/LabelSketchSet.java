package io.narfi.querier.discover;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.params.GoNumbers;
import io.narfi.querier.run.MemoryPool;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** How many values labels have, and what they look like ({@code contract/http-api.md} section 10.2). For one thread. */
public final class LabelSketchSet {
    /** Labels that are shown whatever their values are. */
    private static final Set<String> ALWAYS = Set.of("cluster", "namespace", "instance", "pod");
    /** The forms that Go's package for them reads. */
    private static final Pattern UUID =
            Pattern.compile("(?i)(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}}|[0-9a-f]{32}");

    /** What is known of one label's values. */
    public static final class Sketch {
        private final Cardinality cardinality;
        private boolean anyText;
        private boolean anyButBits;

        private Sketch(Cardinality cardinality) {
            this.cardinality = cardinality;
        }

        public Cardinality cardinality() {
            return cardinality;
        }

        /** Whether any value is neither a number nor a UUID. */
        public boolean anyText() {
            return anyText;
        }

        /** Whether any value is neither 0 nor 1. */
        public boolean anyButBits() {
            return anyButBits;
        }
    }

    private final MemoryPool.Budget memory;
    private final Map<String, Sketch> sketches = new TreeMap<>();

    /** Begins without a label. */
    public LabelSketchSet(MemoryPool.Budget memory) {
        this.memory = requireNonNull(memory, "memory is null");
    }

    public void add(String name, String value) {
        Sketch sketch = sketch(name);
        sketch.cardinality.add(value);
        sketch.anyButBits |= !value.equals("0") && !value.equals("1");
        // Looking at the form is dear, and one text is enough.
        sketch.anyText = sketch.anyText || !(GoNumbers.parseFloat(value).isPresent() || UUID.matcher(value).matches());
    }

    /** Adds a sketch that was made elsewhere. */
    public void add(String name, Cardinality cardinality, boolean anyText, boolean anyButBits) {
        Sketch sketch = sketch(name);
        sketch.cardinality.addAll(cardinality);
        sketch.anyText |= anyText;
        sketch.anyButBits |= anyButBits;
    }

    /** Takes the labels of another over, which counts for nothing from then on. */
    public void absorb(LabelSketchSet other) {
        other.sketches.forEach((name, sketch) -> add(name, sketch.cardinality, sketch.anyText, sketch.anyButBits));
        other.memory.release(Cardinality.maxBytes() * other.sketches.size());
        other.sketches.clear();
    }

    private Sketch sketch(String name) {
        Sketch sketch = sketches.get(name);
        if (sketch == null) {
            memory.reserve(Cardinality.maxBytes());
            sketch = new Sketch(new Cardinality());
            sketches.put(name, sketch);
        }
        return sketch;
    }

    /** Every label by its name; not to be changed. */
    public Map<String, Sketch> sketches() {
        return sketches;
    }

    /** The numbers of values of labels worth showing, by name: not those whose values are all numbers or ids, unless they are all 0 and 1. */
    public Map<String, Long> shown() {
        Map<String, Long> shown = new TreeMap<>();
        sketches.forEach((name, sketch) -> {
            if (ALWAYS.contains(name) || sketch.anyText || !sketch.anyButBits) {
                shown.put(name, sketch.cardinality.estimate());
            }
        });
        return shown;
    }
}
