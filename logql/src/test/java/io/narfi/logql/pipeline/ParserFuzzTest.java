package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.fail;

import io.narfi.common.EntryBatch;
import io.narfi.common.Labels;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Mutilated lines must never upset a stage. */
class ParserFuzzTest {
    private static final List<String> STAGES = List.of(
            "| json",
            "| json a=\"x.y[1].z\", b=\"[0]\", c=\"user[\\\"id\\\"]\"",
            "| logfmt --strict --keep-empty",
            "| logfmt",
            "| logfmt --strict a=\"level\", b=\"msg\"",
            "| unpack | logfmt",
            "| pattern \"<a> <b>=<_>,<c>\"",
            "| regexp \"(?i)(?P<k>[a-zé]+)[=:]\\\\s*\\\"?(?P<v>[^\\\" ]*)\"",
            "| decolorize | json",
            "|= ip(\"10.0.0.0/8\") or \"a\"",
            "!= ip(\"2001:db8::/32\")",
            "|~ \"(?i)k[aé]\\\\b\" !~ \"^\\\\W+$\"",
            "|> \"<_>a<_>\"",
            "| json | user_id > 5 or took > 5s, size >= 1KB | level=~\"(?i)ERR.*\"",
            "| logfmt | line_format \"{{.level | trunc 3}} {{ fromJson __line__ }}\" | label_format x=\"{{.a | title}}\", level=lvl",
            "| logfmt | addr = ip(\"::1\") | drop level=~\"e.*\" | keep a, b=\"c\"");
    private static final List<String> SEEDS = List.of(
            "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"user\":{\"id\":7},\"x\":{\"y\":[0,{\"z\":\"\\u00e9\\ud83d\\ude00\\n\"}]},\"t\":true,\"took\":\"5ms\",\"size\":\"1KB\"}",
            "{\"_entry\":\"level=info msg=\\\"a b\\\"\",\"pod\":\"p\",\"n\":1}",
            "level=error msg=\"quoted \\\"x\\\" \\u00e9\" took=5ms size=10KiB addr=10.1.2.3 =x a=b=c d",
            "10.0.0.1 - a=b,c [::1] 2001:db8::1:2 \u001b[31mred\u001b[0m \u009b1;2m Kelvin \u212a \u017f",
            "[{\"a\":1},2]");

    @Test
    void noStageThrows() {
        long seed = Long.getLong("seed", 42L);
        Random random = new Random(seed);
        List<StreamPipeline> pipelines = STAGES.stream()
                .map(s -> Pipeline.compile(((LogExpr) LogQl.parse("{s=\"t\"} " + s)).stages()).forStream(Labels.of("s", "t", "level", "l")))
                .toList();
        for (int round = 0; round < 4000; round++) {
            byte[][] lines = new byte[4][];
            for (int i = 0; i < lines.length; i++) {
                lines[i] = mutated(random);
            }
            EntryBatch batch = Batches.of(random.nextBoolean() ? Labels.of("a", "m", "trace", "1") : null, lines);
            for (int i = 0; i < pipelines.size(); i++) {
                try {
                    pipelines.get(i).process(batch, random.nextBoolean(), (_, _, _, _, _, labels) -> labels.all().size() >= 0);
                } catch (RuntimeException e) {
                    fail("seed " + seed + ", " + STAGES.get(i) + " on " + Arrays.deepToString(lines), e);
                }
            }
        }
    }

    private static byte[] mutated(Random random) {
        byte[] line = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(UTF_8);
        int from = random.nextInt(4) == 0 ? random.nextInt(line.length) : 0;
        line = Arrays.copyOfRange(line, from, random.nextInt(3) == 0 ? from + random.nextInt(line.length - from + 1) : line.length);
        byte[] hot = "\"\\{}[]:,=. \t\u001bu0k".getBytes(UTF_8);
        for (int n = line.length == 0 ? 0 : random.nextInt(6); n > 0; n--) {
            line[random.nextInt(line.length)] = random.nextBoolean() ? hot[random.nextInt(hot.length)] : (byte) random.nextInt(256);
        }
        return line;
    }
}
