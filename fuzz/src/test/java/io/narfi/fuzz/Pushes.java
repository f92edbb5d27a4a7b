package io.narfi.fuzz;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.narfi.common.ApiException;
import io.narfi.ingester.decode.LabelText;
import io.narfi.ingester.decode.PushData;
import io.narfi.ingester.memory.MemoryBudget;
import java.io.IOException;

/** Decodes pushes within a small budget, and looks at all that they hold. */
final class Pushes {
    private static final MemoryBudget MEMORY = new MemoryBudget(64 << 20, 32 << 20, new SimpleMeterRegistry());

    /** Decodes a body. */
    @FunctionalInterface
    interface Decoder {
        PushData decode(MemoryBudget.Lease lease) throws IOException;
    }

    private Pushes() {}

    static void decode(Decoder decoder) {
        try (MemoryBudget.Lease lease = MEMORY.open()) {
            look(decoder.decode(lease));
        } catch (ApiException refused) {
            if (refused.status() >= 500 && refused.status() != 503) {
                throw refused;
            }
        } catch (IOException e) {
            throw new AssertionError("nobody is gone", e);
        }
        if (MEMORY.used() != 0) {
            throw new AssertionError(MEMORY.used() + " bytes are left in the budget");
        }
    }

    private static void look(PushData push) {
        int entry = 0;
        int pair = 0;
        for (int stream = 0; stream < push.streams(); stream++) {
            labels(push.labelText(stream));
            require(push.firstEntry(stream) == entry);
            for (; entry < push.endEntry(stream); entry++) {
                require(within(push, push.lineOffset(entry), push.lineLength(entry)));
                require(push.firstPair(entry) == pair);
                for (; pair < push.endPair(entry); pair++) {
                    require(within(push, push.nameOffset(pair), push.nameLength(pair)) && within(push, push.valueOffset(pair), push.valueLength(pair)));
                }
            }
        }
        require(entry == push.entries());
    }

    private static void labels(String text) {
        try {
            var _ = LabelText.render(LabelText.parse(text));
        } catch (ApiException refused) {
            // no labels
        }
    }

    private static boolean within(PushData push, int offset, int length) {
        return offset >= 0 && length >= 0 && offset <= push.bytes().length - length;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new AssertionError("the columns of a push do not fit together");
        }
    }
}
