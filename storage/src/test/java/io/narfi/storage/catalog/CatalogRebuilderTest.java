package io.narfi.storage.catalog;

import static io.narfi.storage.catalog.Blocks.block;
import static io.narfi.storage.catalog.Blocks.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.storage.CorruptDataException;
import io.narfi.storage.block.BlockMeta;
import io.narfi.storage.catalog.CatalogRebuilder.Inspected;
import io.narfi.storage.object.InMemoryObjectStore;
import io.narfi.storage.object.ObjectContent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogRebuilderTest {
    private final FakeClock clock = new FakeClock();
    private final InMemoryObjectStore store = new InMemoryObjectStore(1 << 20, clock);
    private final Map<String, Inspected> footers = new HashMap<>();
    private final CatalogRebuilder rebuilder = new CatalogRebuilder(
            store,
            (ref, size) -> {
                Inspected found = footers.get(ref.key());
                if (found == null) {
                    throw new CorruptDataException(ref.key(), "footer", 0, "test");
                }
                return found;
            },
            clock);

    private BlockMeta put(int number, String... parents) throws IOException {
        BlockMeta meta = block(number);
        store.putIfAbsent(meta.key(), ObjectContent.of(new byte[1]));
        footers.put(meta.key(), new Inspected(meta, List.of(parents)));
        return meta;
    }

    private Catalog catalog() {
        return new Catalog(store, "test", clock, new SimpleMeterRegistry());
    }

    private static List<BlockMeta> blocks(CatalogState state) {
        List<BlockMeta> all = new ArrayList<>();
        state.forEachBlock(all::add);
        return all;
    }

    @Test
    void aLostCatalogComesBack() throws IOException {
        Catalog running = catalog();
        CatalogState first = running.initialise();
        running.commit(CatalogChange.because("segments").add(List.of(put(1), put(2))).build(), first, 0);
        store.delete(List.of(CatalogLog.commitKey(1), CatalogLog.commitKey(2)));
        assertThatThrownBy(running::refresh).isInstanceOf(CatalogLostException.class);
        assertThatThrownBy(() -> catalog().refresh()).isInstanceOf(CatalogLostException.class);
        assertThat(rebuilder.rebuild(false).unreadable()).isEmpty();
        assertThat(blocks(running.refresh())).containsExactlyInAnyOrder(block(1), block(2));
        CatalogState next = running.commit(
                CatalogChange.because("segments").add(List.of(put(3))).consume(List.of(range(0, 0, 1))).build(), running.current(), 0);
        assertThat(blocks(catalog().refresh())).hasSize(3);
        assertThat(next.version()).isEqualTo(clock.millis() + 1);
    }

    @Test
    void processesThatStillHoldTheOldStateTakeUpTheNewOne() throws IOException {
        Catalog running = catalog();
        CatalogState first = running.initialise();
        running.commit(CatalogChange.because("segments").add(List.of(put(1))).build(), first, 0);
        put(2);
        rebuilder.rebuild(false);
        assertThat(blocks(running.refresh())).containsExactlyInAnyOrder(block(1), block(2));
    }

    @Test
    void mergedBlocksReplaceTheirInputs() throws IOException {
        put(1);
        put(2);
        put(3, block(1).id(), block(2).id());
        put(4);
        put(5, block(3).id(), block(4).id());
        put(6);
        CatalogRebuilder.Result result = rebuilder.rebuild(false);
        assertThat(blocks(result.state())).containsExactlyInAnyOrder(block(5), block(6));
        assertThat(result.replaced()).isEqualTo(4);
        assertThat(result.state().removed()).hasSize(4);
    }

    @Test
    void blocksThatCannotBeReadAreAnError() throws IOException {
        put(1);
        store.putIfAbsent(block(2).key(), ObjectContent.of(new byte[1]));
        assertThatThrownBy(() -> rebuilder.rebuild(false)).isInstanceOf(CatalogCorruptException.class).hasMessageContaining(block(2).key());
        CatalogRebuilder.Result result = rebuilder.rebuild(true);
        assertThat(result.unreadable()).containsExactly(block(2).key());
        assertThat(blocks(result.state())).containsExactly(block(1));
    }
}
