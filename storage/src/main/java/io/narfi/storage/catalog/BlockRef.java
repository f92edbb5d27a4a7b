package io.narfi.storage.catalog;

import static java.util.Objects.requireNonNull;

import io.narfi.storage.block.BlockMeta;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Names a block: its id, and the tenant and UTC day that its key is made of. */
public record BlockRef(String tenant, LocalDate day, String id) {
    /** What the keys of blocks begin with. */
    public static final String PREFIX = "blocks/";

    public BlockRef {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(day, "day is null");
        requireNonNull(id, "id is null");
    }

    public static BlockRef of(BlockMeta block) {
        return new BlockRef(block.tenant(), block.day(), block.id());
    }

    /** {@code blocks/<tenant>/<yyyy-mm-dd>/<ulid>}, as {@link BlockMeta#key()}. */
    public String key() {
        return PREFIX + tenant + "/" + day + "/" + id;
    }

    /** The block of a key, or null if the key is no block's. */
    public static @Nullable BlockRef parse(String key) {
        String[] parts = key.split("/", -1);
        if (parts.length != 4 || !key.startsWith(PREFIX) || parts[1].isEmpty() || parts[3].isEmpty()) {
            return null;
        }
        try {
            return new BlockRef(parts[1], LocalDate.parse(parts[2]), parts[3]);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
