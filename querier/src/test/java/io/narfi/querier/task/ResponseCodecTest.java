package io.narfi.querier.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.stats.ScanStats;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

class ResponseCodecTest {
    private long next = 1;

    @Test
    void everythingThatIsCountedGoesOverTheWire() throws Exception {
        ScanStats stats = new ScanStats();
        fill(stats);
        fill(stats.reads);
        for (CacheUse.Kind kind : CacheUse.Kind.values()) {
            fill(stats.cache(kind));
        }
        ScanStats found = ResponseCodec.decodeStats(ResponseCodec.encode(new TaskResult.Metadata(MetadataRows.EMPTY), stats));
        assertThat(found).usingRecursiveComparison().isEqualTo(stats);
        ScanStats sum = new ScanStats();
        sum.add(stats);
        assertThat(sum).usingRecursiveComparison().isEqualTo(stats);
    }

    /** A number of its own for every counter. */
    private void fill(Object counters) throws IllegalAccessException {
        for (Field field : counters.getClass().getFields()) {
            if (field.getType() == long.class && !Modifier.isStatic(field.getModifiers())) {
                field.setLong(counters, next++);
            }
        }
    }
}
