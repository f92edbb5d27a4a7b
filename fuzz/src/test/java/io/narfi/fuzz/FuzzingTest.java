package io.narfi.fuzz;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fuzzes every target in a small process of its own, two at a time. {@code -Dnarfi.fuzz.seconds} says how long each, {@code
 * -Dnarfi.fuzz.target} names one alone. The input that a target did not survive is in {@code target/findings}, what is learnt in {@code
 * target/corpus}.
 */
@Tag("fuzz")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FuzzingTest {
    private static final Path FINDINGS = Path.of("target/findings");
    private static final long SECONDS = Long.getLong("narfi.fuzz.seconds", 60L);
    private static final int AT_A_TIME = 2;

    private final ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
    private final Map<String, Future<Integer>> running = new LinkedHashMap<>();

    static Collection<String> targets() {
        String one = System.getProperty("narfi.fuzz.target");
        return one == null ? SeedsTest.targets() : List.of(one);
    }

    @BeforeAll
    void start() throws IOException {
        Files.createDirectories(FINDINGS);
        for (String target : targets()) {
            running.put(target, threads.submit(() -> fuzz(target)));
        }
    }

    @AfterAll
    void stop() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void survives(String target) throws Exception {
        int status = requireNonNull(running.get(target)).get();
        String log = Files.readString(log(target), StandardCharsets.ISO_8859_1);
        int shown = Math.max(0, log.indexOf("== Java Exception"));
        String end = shown > 0 ? log.substring(shown, Math.min(log.length(), shown + 4_000)) : log.substring(Math.max(0, log.length() - 2_000));
        assertThat(status).as(end).isZero();
        assertThat(log).as("nothing was run").containsPattern("Done [1-9][0-9]* runs");
        System.out.println(target + ": " + log.substring(log.indexOf("Done ")).lines().findFirst().orElse(""));
    }

    private static Path log(String target) {
        return Path.of("target", target + ".log");
    }

    private static int fuzz(String target) throws IOException, InterruptedException {
        Path corpus = Path.of("target/corpus", target);
        Files.createDirectories(corpus);
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=io.narfi.fuzz." + target,
                "--instrumentation_includes=io.narfi.**",
                "--custom_hooks=" + ChecksumHook.class.getName(),
                "--custom_hook_includes=io.narfi.**",
                "--reproducer_path=" + FINDINGS,
                "-artifact_prefix=" + FINDINGS + "/" + target + "-",
                "-max_total_time=" + SECONDS,
                // An input that takes longer, or a process that grows beyond, has failed.
                "-timeout=60",
                "-rss_limit_mb=1536",
                "-max_len=8192",
                corpus.toString(),
                SeedsTest.SEEDS.resolve(target).toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log(target).toFile()).start();
        try {
            if (!process.waitFor(SECONDS + 120, TimeUnit.SECONDS)) {
                throw new IOException(target + " does not end");
            }
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
