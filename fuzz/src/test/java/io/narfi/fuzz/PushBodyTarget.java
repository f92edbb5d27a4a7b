package io.narfi.fuzz;

import io.narfi.ingester.decode.BodyReader;
import io.narfi.ingester.decode.PushDecoder;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** A body with its headers: content type and encoding on the first line, and behind it what was sent. */
public final class PushBodyTarget {
    private static final PushDecoder DECODER = new PushDecoder(new BodyReader(1 << 20, 4 << 20));

    private PushBodyTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        byte[][] parts = Parts.split(data);
        String[] headers = new String(parts[0], StandardCharsets.UTF_8).split("\\|", -1);
        String type = headers[0];
        String coding = headers.length > 1 ? headers[1] : null;
        PushDecoder.Form form = headers.length > 2 ? PushDecoder.Form.LEGACY : PushDecoder.Form.V1;
        byte[] body = parts[1];
        Pushes.decode(lease -> DECODER.decode(form, type, coding, new ByteArrayInputStream(body), body.length % 2 == 0 ? -1 : body.length, lease));
    }
}
