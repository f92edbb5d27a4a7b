package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.Labels;
import io.narfi.logql.Bound;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes the final label sets of a stream's entries (§5) and remembers them, so that a combination that comes again costs a hash and a
 * comparison. A table of fixed size: a new combination takes the place of the one that had its slot.
 */
final class ResultCache {
    static final int SLOTS = 1024;

    private final LabelBuilder builder;
    private final @Nullable Entry[] slots = new Entry[SLOTS];
    private final ResultLabels plain;
    private Labels lastMetadata = Labels.EMPTY;
    private @Nullable ResultLabels lastResult;

    private record Entry(
            int hash,
            String[] metadata,
            String[] parsedNames,
            byte[] parsedValues,
            int[] parsedLengths,
            String[] deleted,
            @Nullable String error,
            @Nullable String details,
            ResultLabels labels) {}

    ResultCache(LabelBuilder builder) {
        this.builder = builder;
        this.plain = new ResultLabels(builder.stream, builder.stream, Labels.EMPTY, Labels.EMPTY);
    }

    /** The labels of the builder's entry. */
    ResultLabels get() {
        LabelBuilder b = builder;
        boolean metadataOnly = b.parsedLive == 0 && b.deletedCount == 0 && b.error == null && b.errorDetails == null && !b.metadataTouched;
        if (metadataOnly) {
            if (b.metadataSet.isEmpty()) {
                return plain;
            }
            if (lastResult != null && lastMetadata.equals(b.metadataSet)) {
                return lastResult;
            }
        }
        int hash = hash();
        int slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
        Entry known = slots[slot];
        ResultLabels labels;
        if (known != null && known.hash == hash && matches(known)) {
            labels = known.labels;
        } else {
            if (known != null) {
                Bound.LABEL_SETS.hit();
            }
            labels = b.isChanged() ? build() : plain;
            slots[slot] = entry(hash, labels);
        }
        if (metadataOnly) {
            lastMetadata = b.metadataSet;
            lastResult = labels;
        }
        return labels;
    }

    private int hash() {
        LabelBuilder b = builder;
        int h = Objects.hashCode(b.error) * 31 + Objects.hashCode(b.errorDetails);
        for (int i = 0; i < b.metadataCount; i++) {
            Name n = b.metadataNames[i];
            if (n != null) {
                h = (h * 31 + n.text.hashCode()) * 31 + b.metadataValues[i].hashCode();
            }
        }
        for (int i = 0; i < b.parsedCount; i++) {
            Name n = b.parsedNames[i];
            if (n != null) {
                h = (h * 31 + n.text.hashCode()) * 31 + Slices.hash(b.parsedBuffers[i], b.parsedFrom[i], b.parsedTo[i]);
            }
        }
        for (int i = 0; i < b.deletedCount; i++) {
            h = h * 31 + b.deletedNames[i].text.hashCode();
        }
        return h;
    }

    private boolean matches(Entry e) {
        LabelBuilder b = builder;
        if (!Objects.equals(e.error, b.error) || !Objects.equals(e.details, b.errorDetails) || e.deleted.length != b.deletedCount) {
            return false;
        }
        for (int i = 0; i < b.deletedCount; i++) {
            if (!e.deleted[i].equals(b.deletedNames[i].text)) {
                return false;
            }
        }
        int m = 0;
        for (int i = 0; i < b.metadataCount; i++) {
            Name n = b.metadataNames[i];
            if (n != null) {
                if (m == e.metadata.length || !e.metadata[m].equals(n.text) || !e.metadata[m + 1].equals(b.metadataValues[i])) {
                    return false;
                }
                m += 2;
            }
        }
        return m == e.metadata.length && parsedMatches(e);
    }

    private boolean parsedMatches(Entry e) {
        LabelBuilder b = builder;
        if (e.parsedNames.length != b.parsedLive) {
            return false;
        }
        int p = 0;
        int at = 0;
        for (int i = 0; i < b.parsedCount; i++) {
            Name n = b.parsedNames[i];
            if (n != null) {
                int length = b.parsedTo[i] - b.parsedFrom[i];
                if (e.parsedLengths[p] != length
                        || !e.parsedNames[p].equals(n.text)
                        || !Arrays.equals(e.parsedValues, at, at + length, b.parsedBuffers[i], b.parsedFrom[i], b.parsedTo[i])) {
                    return false;
                }
                at += length;
                p++;
            }
        }
        return true;
    }

    private Entry entry(int hash, ResultLabels labels) {
        LabelBuilder b = builder;
        List<String> metadata = new ArrayList<>();
        for (int i = 0; i < b.metadataCount; i++) {
            Name n = b.metadataNames[i];
            if (n != null) {
                metadata.add(n.text);
                metadata.add(b.metadataValues[i]);
            }
        }
        String[] names = new String[b.parsedLive];
        int[] lengths = new int[b.parsedLive];
        int total = 0;
        int p = 0;
        for (int i = 0; i < b.parsedCount; i++) {
            Name n = b.parsedNames[i];
            if (n != null) {
                names[p] = n.text;
                lengths[p++] = b.parsedTo[i] - b.parsedFrom[i];
                total += b.parsedTo[i] - b.parsedFrom[i];
            }
        }
        byte[] values = new byte[total];
        int at = 0;
        for (int i = 0; i < b.parsedCount; i++) {
            if (b.parsedNames[i] != null) {
                System.arraycopy(b.parsedBuffers[i], b.parsedFrom[i], values, at, b.parsedTo[i] - b.parsedFrom[i]);
                at += b.parsedTo[i] - b.parsedFrom[i];
            }
        }
        String[] deleted = new String[b.deletedCount];
        for (int i = 0; i < deleted.length; i++) {
            deleted[i] = b.deletedNames[i].text;
        }
        return new Entry(hash, metadata.toArray(new String[0]), names, values, lengths, deleted, b.error, b.errorDetails, labels);
    }

    private record Pair(String name, String value) {}

    private ResultLabels build() {
        LabelBuilder b = builder;
        List<Pair> stream = new ArrayList<>();
        List<Pair> metadata = new ArrayList<>();
        List<Pair> parsed = new ArrayList<>();
        for (int i = 0; i < b.stream.size(); i++) {
            if (b.isStreamLabelVisible(i)) {
                stream.add(new Pair(b.stream.name(i), b.stream.value(i)));
            }
        }
        for (int i = 0; i < b.metadataCount; i++) {
            Name n = b.metadataNames[i];
            if (n != null) {
                metadata.add(new Pair(n.text, b.metadataValues[i]));
            }
        }
        for (int i = 0; i < b.parsedCount; i++) {
            Name n = b.parsedNames[i];
            if (n != null) {
                parsed.add(new Pair(n.text, new String(b.parsedBuffers[i], b.parsedFrom[i], b.parsedTo[i] - b.parsedFrom[i], UTF_8)));
            }
        }
        if (b.error != null) {
            parsed.add(new Pair(LabelBuilder.ERROR, b.error));
        }
        if (b.errorDetails != null) {
            parsed.add(new Pair(LabelBuilder.ERROR_DETAILS, b.errorDetails));
        }
        List<Pair> all = new ArrayList<>(stream);
        all.addAll(metadata);
        all.addAll(parsed);
        return new ResultLabels(labels(all), stream.size() == b.stream.size() ? b.stream : labels(stream), labels(metadata), labels(parsed));
    }

    /** Of two pairs of one name the later counts: a label that is called like an error field. */
    private static Labels labels(List<Pair> pairs) {
        if (pairs.isEmpty()) {
            return Labels.EMPTY;
        }
        pairs.sort(Comparator.comparing(Pair::name));
        List<String> flat = new ArrayList<>(2 * pairs.size());
        for (int i = 0; i < pairs.size(); i++) {
            if (i + 1 == pairs.size() || !pairs.get(i + 1).name().equals(pairs.get(i).name())) {
                flat.add(pairs.get(i).name());
                flat.add(pairs.get(i).value());
            }
        }
        return Labels.ofSorted(flat.toArray(new String[0]));
    }
}
