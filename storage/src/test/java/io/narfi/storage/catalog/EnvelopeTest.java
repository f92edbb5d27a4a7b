package io.narfi.storage.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
    private static final CatalogCommit COMMIT = new CatalogCommit(
            7,
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "me",
            5,
            123,
            new CatalogChange(
                    "test",
                    List.of(Blocks.block(1)),
                    List.of(BlockRef.of(Blocks.block(2))),
                    List.of(BlockRef.of(Blocks.block(3))),
                    List.of(BlockRef.of(Blocks.block(4))),
                    List.of(Blocks.range(0, 1, 2)),
                    List.of(Blocks.range(1, 1, 2)),
                    List.of(Blocks.range(2, 1, 2)),
                    List.of(DeleteRequest.of("t", "r", "{a=\"b\"} |= \"ü\"", -1, 5)),
                    List.of(
                            new DeleteStep(DeleteStep.Kind.START, "t", "a", 1),
                            new DeleteStep(DeleteStep.Kind.FINISH, "t", "b", 2),
                            new DeleteStep(DeleteStep.Kind.CANCEL, "t", "c", 3),
                            new DeleteStep(DeleteStep.Kind.FORGET, "t", "d", 4)),
                    List.of(new DeletesApplied(BlockRef.of(Blocks.block(1)), 9)),
                    List.of(new RowsDeleted("t", 9))));

    @Test
    void commitsComeBackAsTheyWere() throws Exception {
        assertThat(CatalogCodec.decodeCommit("k", CatalogCodec.encode(COMMIT))).isEqualTo(COMMIT);
    }

    @Test
    void everyFlippedBitIsFound() {
        byte[] bytes = CatalogCodec.encode(COMMIT);
        for (int i = 0; i < bytes.length * 8; i++) {
            byte[] bad = bytes.clone();
            bad[i / 8] ^= (byte) (1 << (i % 8));
            assertThatThrownBy(() -> CatalogCodec.decodeCommit("the/key", bad))
                    .as("bit %d", i)
                    .isInstanceOf(CatalogCorruptException.class)
                    .hasMessageContaining("the/key");
        }
    }

    @Test
    void everyTruncationIsFound() {
        byte[] bytes = CatalogCodec.encode(COMMIT);
        for (int i = 0; i < bytes.length; i++) {
            byte[] bad = Arrays.copyOf(bytes, i);
            assertThatThrownBy(() -> CatalogCodec.decodeCommit("k", bad)).isInstanceOf(CatalogCorruptException.class);
        }
    }

    @Test
    void kindsAreNotMixedUp() {
        assertThatThrownBy(() -> CatalogCodec.decodeCheckpoint("k", CatalogCodec.encode(COMMIT)))
                .isInstanceOf(CatalogCorruptException.class)
                .hasMessageContaining("kind 1");
    }

    @Test
    void keysOfBlocksParse() {
        BlockRef ref = BlockRef.of(Blocks.block(1));
        assertThat(BlockRef.parse(ref.key())).isEqualTo(ref);
        assertThat(ref.key()).isEqualTo(Blocks.block(1).key());
        assertThat(BlockRef.parse("blocks/t/2026-13-01/x")).isNull();
        assertThat(BlockRef.parse("blocks/t/2026-11-01")).isNull();
        assertThat(BlockRef.parse("segments/t/2026-11-01/x")).isNull();
    }
}
