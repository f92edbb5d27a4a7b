package io.narfi.fuzz;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The seeds of every target, and random mutations of them. */
class SeedsTest {
    static final Path SEEDS = Path.of("src/test/resources/seeds");
    private static final int MUTATIONS = 3_000;

    @FunctionalInterface
    private interface Input {
        void run(byte[] data) throws Exception;
    }

    private static final Map<String, Input> TARGETS = new TreeMap<>(Map.ofEntries(
            Map.entry("BlockTarget", BlockTarget::fuzzerTestOneInput),
            Map.entry("ConversionTarget", ConversionTarget::fuzzerTestOneInput),
            Map.entry("JsonLineTarget", JsonLineTarget::fuzzerTestOneInput),
            Map.entry("LogQlTarget", LogQlTarget::fuzzerTestOneInput),
            Map.entry("LogfmtLineTarget", LogfmtLineTarget::fuzzerTestOneInput),
            Map.entry("PageTarget", PageTarget::fuzzerTestOneInput),
            Map.entry("PatternTarget", PatternTarget::fuzzerTestOneInput),
            Map.entry("PushBodyTarget", PushBodyTarget::fuzzerTestOneInput),
            Map.entry("PushJsonTarget", PushJsonTarget::fuzzerTestOneInput),
            Map.entry("PushProtobufTarget", PushProtobufTarget::fuzzerTestOneInput),
            Map.entry("RegexTarget", RegexTarget::fuzzerTestOneInput),
            Map.entry("SegmentTarget", SegmentTarget::fuzzerTestOneInput),
            Map.entry("TemplateTarget", TemplateTarget::fuzzerTestOneInput)));

    static Collection<String> targets() {
        return TARGETS.keySet();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(120)
    void survive(String target) throws Exception {
        List<byte[]> seeds = seeds(target);
        assertThat(seeds).isNotEmpty();
        for (byte[] seed : seeds) {
            run(target, seed, "a seed");
        }
        long seed = Long.getLong("narfi.fuzz.seed", 1L);
        Random random = new Random(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            run(target, mutated(random, seeds), "-Dnarfi.fuzz.seed=" + seed + ", mutation " + i);
        }
    }

    /** No target is forgotten, and each has a folder of seeds. */
    @Test
    void everyTargetIsHere() throws IOException {
        try (Stream<Path> sources = Files.list(Path.of("src/test/java/io/narfi/fuzz"));
                Stream<Path> folders = Files.list(SEEDS)) {
            List<String> targets = List.copyOf(TARGETS.keySet());
            assertThat(sources.map(p -> p.getFileName().toString()).filter(n -> n.endsWith("Target.java")).map(n -> n.replace(".java", "")).sorted())
                    .isEqualTo(targets);
            assertThat(folders.map(p -> p.getFileName().toString()).sorted()).isEqualTo(targets);
        }
    }

    private static void run(String target, byte[] data, String what) {
        try {
            requireNonNull(TARGETS.get(target)).run(data.clone());
        } catch (Throwable e) {
            throw new AssertionError(target + " on " + what + ": " + Arrays.toString(data), e);
        }
    }

    private static List<byte[]> seeds(String target) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> files = Files.list(SEEDS.resolve(target))) {
            for (Path file : new TreeSet<>(files.toList())) {
                seeds.add(Files.readAllBytes(file));
            }
        }
        return seeds;
    }

    private static byte[] mutated(Random random, List<byte[]> seeds) {
        byte[] data = seeds.get(random.nextInt(seeds.size())).clone();
        for (int i = 1 + random.nextInt(4); i > 0 && data.length > 0; i--) {
            int at = random.nextInt(data.length);
            switch (random.nextInt(4)) {
                case 0 -> data[at] = (byte) random.nextInt(256);
                case 1 -> data = Arrays.copyOf(data, at);
                case 2 -> data = spliced(data, at, seeds.get(random.nextInt(seeds.size())), random);
                default -> data[at] = (byte) "\"\\{}[]:,=|()<>. \n0".charAt(random.nextInt(18));
            }
        }
        return data;
    }

    private static byte[] spliced(byte[] data, int at, byte[] other, Random random) {
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        int length = Math.min(other.length - from, random.nextInt(30));
        byte[] out = Arrays.copyOf(data, data.length + length);
        System.arraycopy(other, from, out, at, length);
        System.arraycopy(data, at, out, at + length, data.length - at);
        return out;
    }
}
