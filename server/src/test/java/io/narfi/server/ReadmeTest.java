package io.narfi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tour of the README works as pasted (only the port and the program's place are others); it needs bash and curl. */
@Tag("integration")
class ReadmeTest {
    @TempDir
    Path dir;

    /** The program from its classes, as it need not be packaged yet. */
    private static String narfi() {
        return "\"" + Path.of(System.getProperty("java.home"), "bin", "java") + "\" --enable-native-access=ALL-UNNAMED -cp \""
                + System.getProperty("java.class.path") + "\" " + Main.class.getName();
    }

    @Test
    void theTourWorksAsPasted() throws Exception {
        String readme = Files.readString(Path.of("..", "README.md"));
        Matcher tour = Pattern.compile("## A one-minute tour.*?```sh\n(.*?)```", Pattern.DOTALL).matcher(readme);
        assertThat(tour.find()).as("the README has a tour").isTrue();
        Matcher client = Pattern.compile("```sh\n(echo.*?)```", Pattern.DOTALL).matcher(readme);
        assertThat(client.find()).as("the README shows the client").isTrue();
        try (EmbeddedServer server = EmbeddedServer.start(dir)) {
            String script = "set -euo pipefail\n" + tour.group(1).replace("http://localhost:3100", server.url())
                    + "export LOKI_ADDR=" + server.url() + "\n" + client.group(1).replace("./narfi", narfi());
            Path out = dir.resolve("out");
            Process process = new ProcessBuilder("bash", "-c", script)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("the tour ends").isTrue();
            String printed = Files.readString(out);
            assertThat(process.exitValue()).as(printed).isZero();
            assertThat(printed).contains("payment refused").contains("\"env\":\"prod\"").contains("\"2\"]").contains("service_name");
            assertThat(printed.lines().filter(line -> line.contains("order 17 stored"))).as("found by the client's query alone").hasSize(1);
            assertThat(printed).contains("order 18 stored");
        }
    }
}
