package io.narfi.fuzz;

import io.narfi.ingester.decode.JsonPushDecoder;
import io.narfi.ingester.decode.LegacyJsonPushDecoder;

/** The JSON of a push, of today's and of the old form. */
public final class PushJsonTarget {
    private PushJsonTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        // Decoders write into the document.
        byte[] copy = data.clone();
        Pushes.decode(lease -> JsonPushDecoder.decode(data, data.length, lease));
        Pushes.decode(lease -> LegacyJsonPushDecoder.decode(copy, copy.length, lease));
    }
}
