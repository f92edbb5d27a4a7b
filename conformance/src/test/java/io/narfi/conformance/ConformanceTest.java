package io.narfi.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.server.EmbeddedServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every recorded answer is given, but for the divergences and what is still to be built; both lists must be exact. */
class ConformanceTest {
    @TempDir
    Path dir;

    @Test
    void answersAreThoseOfLoki() throws Exception {
        Verdict verdict = new Verdict();
        try (EmbeddedServer server = EmbeddedServer.start(dir);
                HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            Replayer replayer = new Replayer(client, server.url(), Verdict.CORPUS);
            replayer.load();
            verdict.ask(replayer, replayer.files());
        }
        verdict.write();
        verdict.expectNoOtherFailures();
        verdict.expectNoStaleLists();
    }

    @Test
    void theDivergencesStandInTheDocs() throws IOException {
        String doc = Files.readString(Path.of("../docs/compatibility.md"));
        Verdict.divergences().forEach((id, reason) -> assertThat(doc).contains("| " + id + " | " + reason + " |"));
    }
}
