package io.narfi.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which cases passed and which failed, set against the lists of divergences and of what is still to be built. */
final class Verdict {
    private static final Path RESOURCES = Path.of("src/test/resources");
    static final Path CORPUS = RESOURCES.resolve("corpus");

    private final Map<String, String> divergences = divergences();
    private final Set<String> pending = new HashSet<>(Files.readAllLines(RESOURCES.resolve("pending.txt")));
    private final Map<String, String> failures = new LinkedHashMap<>();
    private final Set<String> passed = new HashSet<>();

    Verdict() throws IOException {
        pending.removeIf(String::isBlank);
    }

    /** The cases where Narfi answers otherwise on purpose, with the reasons. */
    static Map<String, String> divergences() throws IOException {
        Map<String, String> out = new LinkedHashMap<>();
        for (String line : Files.readAllLines(RESOURCES.resolve("divergences.tsv"))) {
            if (!line.isBlank()) {
                int tab = line.indexOf('\t');
                out.put(line.substring(0, tab), line.substring(tab + 1));
            }
        }
        return out;
    }

    /** Asks all cases of some files and prints how many of each passed. */
    void ask(Replayer replayer, List<String> files) throws IOException, InterruptedException {
        for (String file : files) {
            int good = 0;
            List<JsonNode> cases = replayer.cases(file);
            for (JsonNode c : cases) {
                String id = c.get("id").asText();
                String difference = replayer.replay(c);
                if (difference == null) {
                    passed.add(id);
                    good++;
                } else {
                    failures.put(id, difference);
                }
            }
            System.out.printf(Locale.ROOT, "%-40s %5d of %5d%n", file, good, cases.size());
        }
    }

    /** Leaves what would stand in pending.txt now in {@code target}, for whoever brings the list down. */
    void write() throws IOException {
        Path out = Path.of("target/failures.tsv");
        List<String> lines = new ArrayList<>();
        failures.forEach((id, difference) -> {
            if (!divergences.containsKey(id)) {
                lines.add(id + "\t" + difference.replace('\n', ' ').replace('\t', ' '));
            }
        });
        Files.createDirectories(out.getParent());
        Files.write(out, lines);
    }

    void expectNoOtherFailures() {
        List<String> unexpected = new ArrayList<>();
        failures.forEach((id, difference) -> {
            if (!divergences.containsKey(id) && !pending.contains(id)) {
                unexpected.add(id + ": " + difference);
            }
        });
        assertThat(unexpected).as("cases that fail and are in neither list").isEmpty();
        assertThat(passed).isNotEmpty();
    }

    /** Once all cases were asked. */
    void expectNoStaleLists() {
        Set<String> stale = new TreeSet<>(divergences.keySet());
        stale.addAll(pending);
        stale.retainAll(passed);
        assertThat(stale).as("cases that pass and must leave divergences.tsv or pending.txt").isEmpty();
        assertThat(divergences.size()).as("divergences").isLessThanOrEqualTo((passed.size() + failures.size()) / 50);
    }
}
