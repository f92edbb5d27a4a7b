package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.Labels;
import io.narfi.logql.Grouping;
import io.narfi.logql.Unwrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which labels of an entry its sample's series keeps.
 *
 * @param by whether only {@code names} are kept; else all but {@code names} are
 */
record SampleLabels(boolean by, List<String> names) {
    static final SampleLabels ALL = new SampleLabels(false, List.of());
    static final SampleLabels NONE = new SampleLabels(true, List.of());

    SampleLabels {
        names = names.stream().distinct().sorted().toList();
    }

    static SampleLabels of(Grouping grouping) {
        return new SampleLabels(!grouping.without(), grouping.labels());
    }

    Reducer bind(LabelBuilder builder, @Nullable Unwrap unwrap) {
        List<String> used = new ArrayList<>(names);
        if (!by && unwrap != null) {
            used.add(unwrap.label());
        }
        return new Reducer(builder, by, used.stream().map(builder.names::pin).toArray(Name[]::new));
    }

    /** Makes the series labels of one stream's samples; repeated combinations cost no allocation. */
    static final class Reducer {
        private static final int SLOTS = 512;

        private final LabelBuilder builder;
        private final ResultCache results;
        private final boolean by;
        private final Name[] names;
        private final @Nullable Entry[] slots = new Entry[SLOTS];
        private byte[] key = new byte[256];
        private int[] ends;

        private record Entry(int hash, byte[] key, int[] ends, Labels labels) {}

        private Reducer(LabelBuilder builder, boolean by, Name[] names) {
            this.builder = builder;
            this.results = new ResultCache(builder);
            this.by = by;
            this.names = names;
            this.ends = new int[names.length];
        }

        /** The series of every entry if it depends on the stream alone, else null. */
        @Nullable Labels constant() {
            if (!by) {
                return null;
            }
            List<String> pairs = new ArrayList<>();
            for (Name n : names) {
                if (n.streamIndex < 0) {
                    return null;
                }
                pairs.add(n.text);
                pairs.add(builder.stream.value(n.streamIndex));
            }
            return Labels.ofSorted(pairs.toArray(new String[0]));
        }

        /** The labels of the builder's entry, which must be done with. */
        Labels get() {
            if (builder.error != null) {
                return results.get().all();
            }
            if (!by) {
                for (Name n : names) {
                    builder.delete(n);
                }
                return results.get().all();
            }
            return names.length == 0 ? Labels.EMPTY : grouped();
        }

        private Labels grouped() {
            int at = 0;
            for (int i = 0; i < names.length; i++) {
                Name n = names[i];
                // a deleted name stays deleted, even if it was written again
                if (builder.isDeleted(n) || !builder.find(n)) {
                    ends[i] = ~at;
                    continue;
                }
                int length = builder.valueTo - builder.valueFrom;
                if (at + length > key.length) {
                    key = Arrays.copyOf(key, 2 * (at + length));
                }
                System.arraycopy(builder.valueBuffer, builder.valueFrom, key, at, length);
                at += length;
                ends[i] = at;
            }
            int hash = Slices.hash(key, 0, at) * 31 + Arrays.hashCode(ends);
            int slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
            Entry known = slots[slot];
            if (known != null && known.hash == hash && Arrays.equals(known.ends, ends) && Arrays.equals(known.key, 0, known.key.length, key, 0, at)) {
                return known.labels;
            }
            Labels labels = build();
            slots[slot] = new Entry(hash, Arrays.copyOf(key, at), ends.clone(), labels);
            return labels;
        }

        private Labels build() {
            List<String> pairs = new ArrayList<>();
            int from = 0;
            for (int i = 0; i < names.length; i++) {
                if (ends[i] >= 0) {
                    pairs.add(names[i].text);
                    pairs.add(new String(key, from, ends[i] - from, UTF_8));
                    from = ends[i];
                }
            }
            return Labels.ofSorted(pairs.toArray(new String[0]));
        }
    }
}
