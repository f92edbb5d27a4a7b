package io.narfi.fuzz;

import io.narfi.ingester.decode.ProtobufPushDecoder;

/** The protobuf message of a push. */
public final class PushProtobufTarget {
    private PushProtobufTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        Pushes.decode(lease -> ProtobufPushDecoder.decode(data, lease));
    }
}
