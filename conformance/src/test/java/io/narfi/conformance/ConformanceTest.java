package io.narfi.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.narfi.server.EmbeddedServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every recorded answer is given, but for the divergences and what is still to be built; both lists must be exact. */
class ConformanceTest {
    private static final Path RESOURCES = Path.of("src/test/resources");

    @TempDir
    Path dir;

    @Test
    void answersAreThoseOfLoki() throws Exception {
        Map<String, String> divergences = divergences();
        Set<String> pending = new HashSet<>(Files.readAllLines(RESOURCES.resolve("pending.txt")));
        pending.removeIf(String::isBlank);
        Map<String, String> failures = new LinkedHashMap<>();
        Set<String> passed = new HashSet<>();
        StringBuilder table = new StringBuilder();
        try (EmbeddedServer server = EmbeddedServer.start(dir);
                HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            Replayer replayer = new Replayer(client, server.url(), RESOURCES.resolve("corpus"));
            replayer.load();
            for (String file : replayer.files()) {
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
                table.append(String.format(java.util.Locale.ROOT, "%-40s %5d of %5d%n", file, good, cases.size()));
            }
        }
        System.out.print(table);
        writePending(failures, divergences);

        List<String> unexpected = new ArrayList<>();
        failures.forEach((id, difference) -> {
            if (!divergences.containsKey(id) && !pending.contains(id)) {
                unexpected.add(id + ": " + difference);
            }
        });
        assertThat(unexpected).as("cases that fail and are in neither list").isEmpty();
        Set<String> stale = new TreeSet<>(divergences.keySet());
        stale.addAll(pending);
        stale.retainAll(passed);
        assertThat(stale).as("cases that pass and must leave divergences.tsv or pending.txt").isEmpty();
        assertThat(divergences.size()).as("divergences").isLessThanOrEqualTo((passed.size() + failures.size()) / 50);
    }

    @Test
    void theDivergencesStandInTheDocs() throws IOException {
        String doc = Files.readString(Path.of("../docs/compatibility.md"));
        divergences().forEach((id, reason) -> assertThat(doc).contains("| " + id + " | " + reason + " |"));
    }

    /** What would stand in pending.txt now, for whoever brings the list down. */
    private void writePending(Map<String, String> failures, Map<String, String> divergences) throws IOException {
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

    private static Map<String, String> divergences() throws IOException {
        Map<String, String> out = new LinkedHashMap<>();
        for (String line : Files.readAllLines(RESOURCES.resolve("divergences.tsv"))) {
            if (!line.isBlank()) {
                int tab = line.indexOf('\t');
                out.put(line.substring(0, tab), line.substring(tab + 1));
            }
        }
        return out;
    }
}
