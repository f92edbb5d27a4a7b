package io.narfi.querier.discover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.narfi.querier.run.MemoryPool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds what lines have in common, line by line, in the manner of Drain (He, Zhu, Zheng, Lyu: Drain, an online log parsing approach with fixed
 * depth tree, 2017): a line joins the most similar group of lines of its level and its shape ({@link LineTokens}), and words in which it
 * differs become wildcards; or it begins a group. Similar are lines that agree in {@link #SIMILAR} of the words which do not vary anyhow:
 * wildcards and words with a digit on both sides do not count.
 *
 * <p>Lines that differ only in words with digits find their group by one look into a table. Groups are bounded: when there are too many,
 * those with the fewest lines are dropped. For one thread.
 */
public final class PatternMiner {
    /** The share of words that must agree. */
    private static final double SIMILAR = 0.6;
    /** Groups after which the smaller half is dropped. */
    static final int MAX_GROUPS = 2000;
    /** Groups of one shape that a new kind of line is compared with. */
    private static final int MAX_COMPARED = 100;
    /** Kinds of line whose group is remembered. */
    private static final int MAX_KNOWN = 20_000;

    private static final long GROUP_BYTES = 300;
    private static final long WORD_BYTES = 48;
    private static final long BUCKET_BYTES = 72;

    /** Lines of one level and shape that are similar. */
    private static final class Group {
        private final String level;
        private final byte[][] glue;
        /** An empty word varies. */
        private final byte[][] words;

        private final Map<Long, long[]> counts = new HashMap<>();
        private long total;
        private boolean dropped;
        /** What is counted for it. */
        private long memory;

        private Group(String level, LineTokens line) {
            this.level = level;
            this.words = new byte[line.words][];
            this.glue = new byte[line.words + 1][];
            for (int i = 0; i < words.length; i++) {
                words[i] = line.varies[i] ? new byte[0] : line.word(i);
            }
            for (int i = 0; i < glue.length; i++) {
                glue[i] = line.glue(i);
            }
            long bytes = GROUP_BYTES;
            for (byte[] word : words) {
                bytes += WORD_BYTES + word.length;
            }
            for (byte[] part : glue) {
                bytes += WORD_BYTES + part.length;
            }
            this.memory = bytes;
        }

        private boolean hasShapeOf(LineTokens line) {
            if (line.words != words.length) {
                return false;
            }
            for (int i = 0; i < glue.length; i++) {
                if (!line.isGlue(i, glue[i])) {
                    return false;
                }
            }
            return true;
        }

        /** The share of words that agree, of those that do not vary anyhow. */
        private double similarity(LineTokens line) {
            int equal = 0;
            int counted = 0;
            for (int i = 0; i < words.length; i++) {
                boolean wild = words[i].length == 0;
                if (wild && (line.varies[i] || line.digits[i])) {
                    continue;
                }
                if (!wild && !line.varies[i] && line.isWord(i, words[i])) {
                    equal++;
                    counted++;
                } else if (!(line.varies[i] || line.digits[i]) || !(wild || hasDigit(words[i]))) {
                    counted++;
                }
            }
            return counted == 0 ? 1 : (double) equal / counted;
        }

        private void generalise(LineTokens line) {
            for (int i = 0; i < words.length; i++) {
                if (words[i].length > 0 && (line.varies[i] || !line.isWord(i, words[i]))) {
                    words[i] = new byte[0];
                }
            }
        }

        private PatternRows.Row row() {
            List<String> tokens = new ArrayList<>(2 * words.length + 1);
            for (int i = 0; i < words.length; i++) {
                tokens.add(new String(glue[i], UTF_8));
                tokens.add(new String(words[i], UTF_8));
            }
            tokens.add(new String(glue[words.length], UTF_8));
            TreeMap<Long, Long> byBucket = new TreeMap<>();
            counts.forEach((bucket, n) -> byBucket.put(bucket, n[0]));
            return new PatternRows.Row(level, tokens, byBucket);
        }
    }

    private record Kind(String level, long signature) {}

    private record Shape(String level, int shape) {}

    private final MemoryPool.Budget memory;
    private final LineTokens tokens = new LineTokens();
    private final Map<Kind, Group> known = new HashMap<>();
    private final Map<Shape, List<Group>> byShape = new HashMap<>();
    private int groups;

    /** @param memory counts what the groups take */
    public PatternMiner(MemoryPool.Budget memory) {
        this.memory = requireNonNull(memory, "memory is null");
    }

    /**
     * Adds a line.
     *
     * @param bucket its time divided by the step
     * @param weight how many lines it stands for
     */
    public void add(String level, byte[] line, int from, int to, long bucket, long weight) {
        tokens.read(line, from, to);
        count(group(level), bucket, weight);
    }

    /** Adds what another miner found. Better in descending order of lines, so that rare kinds join frequent ones. */
    public void add(PatternRows.Row row) {
        tokens.read(row.tokens());
        Group group = group(row.level());
        row.counts().forEach((bucket, n) -> count(group, bucket, n));
    }

    private void count(Group group, long bucket, long weight) {
        long[] n = group.counts.get(bucket);
        if (n == null) {
            memory.reserve(BUCKET_BYTES);
            group.memory += BUCKET_BYTES;
            n = new long[1];
            group.counts.put(bucket, n);
        }
        n[0] += weight;
        group.total += weight;
    }

    private Group group(String level) {
        Kind kind = new Kind(level, tokens.signature);
        Group group = known.get(kind);
        // Signatures are hashes: another kind of line may have the same one.
        if (group == null || group.dropped || !group.hasShapeOf(tokens)) {
            group = similar(level);
            if (known.size() >= MAX_KNOWN) {
                known.clear();
            }
            known.put(kind, group);
        }
        group.generalise(tokens);
        return group;
    }

    private Group similar(String level) {
        if (groups >= MAX_GROUPS) {
            dropSmall();
        }
        List<Group> candidates = byShape.computeIfAbsent(new Shape(level, tokens.shape), k -> new ArrayList<>());
        Group best = null;
        double bestSimilarity = 0;
        for (int i = candidates.size() - 1; i >= Math.max(0, candidates.size() - MAX_COMPARED); i--) {
            Group candidate = candidates.get(i);
            if (candidate.hasShapeOf(tokens)) {
                double similarity = candidate.similarity(tokens);
                if (similarity >= SIMILAR && similarity > bestSimilarity) {
                    best = candidate;
                    bestSimilarity = similarity;
                }
            }
        }
        if (best == null) {
            best = new Group(level, tokens);
            memory.reserve(best.memory);
            candidates.add(best);
            groups++;
        }
        return best;
    }

    private void dropSmall() {
        List<Group> all = new ArrayList<>();
        byShape.values().forEach(all::addAll);
        all.sort(Comparator.comparingLong(g -> g.total));
        for (Group g : all.subList(0, all.size() / 2)) {
            g.dropped = true;
            memory.release(g.memory);
        }
        byShape.values().forEach(list -> list.removeIf(g -> g.dropped));
        byShape.values().removeIf(List::isEmpty);
        groups = all.size() - all.size() / 2;
    }

    /**
     * The groups with the most lines, these first.
     *
     * @param max how many at most
     * @param minLines groups with fewer lines are left out
     */
    public PatternRows rows(int max, long minLines) {
        List<Group> all = new ArrayList<>();
        byShape.values().forEach(all::addAll);
        all.sort(Comparator.comparingLong((Group g) -> g.total).reversed());
        return new PatternRows(
                all.stream().filter(g -> g.total >= minLines).limit(max).map(Group::row).toList());
    }

    private static boolean hasDigit(byte[] word) {
        for (byte b : word) {
            if (b >= '0' && b <= '9') {
                return true;
            }
        }
        return false;
    }
}
