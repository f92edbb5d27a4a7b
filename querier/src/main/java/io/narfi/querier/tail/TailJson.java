package io.narfi.querier.tail;

import static java.util.Objects.requireNonNull;

import io.narfi.common.Labels;
import io.narfi.logql.pipeline.ResultLabels;
import io.narfi.querier.json.JsonOut;
import io.narfi.querier.json.LegacyJson;
import io.narfi.querier.json.ListJson;
import io.narfi.querier.json.StreamsJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** Frames as JSON ({@code contract/http-api.md} sections 11.2 and 16). For one thread. */
final class TailJson {
    /** A longer text's buffer is not kept for the next one: there may be hundreds of tails. */
    private static final int KEPT_BYTES = 32 << 10;

    private final TailForm form;
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private JsonOut out = new JsonOut(bytes);

    TailJson(TailForm form) {
        this.form = requireNonNull(form, "form is null");
    }

    /** The labels of the stream that an entry shows. */
    Labels stream(ResultLabels labels) {
        return form.categorize() ? labels.stream() : labels.all();
    }

    /** The stream object of one entry. */
    byte[] entry(long time, byte[] buffer, int from, int to, ResultLabels labels) throws IOException {
        if (form.legacy()) {
            out.raw("{\"labels\":").string(stream(labels).toString()).raw(",\"entries\":[{\"ts\":\"").raw(LegacyJson.time(time)).raw("\",\"line\":");
            out.line(buffer, from, to).raw("}]}");
        } else {
            out.raw("{\"stream\":");
            ListJson.labels(out, stream(labels));
            out.raw(",\"values\":[");
            StreamsJson.value(out, time, buffer, from, to, labels, form.categorize());
            out.raw("]}");
        }
        return take();
    }

    /** The text of a frame. */
    byte[] frame(TailFrame frame) throws IOException {
        List<TailRow> rows = frame.rows();
        out.raw("{\"streams\":[");
        for (int i = 0; i < rows.size(); i++) {
            if (i > 0) {
                out.raw(',');
            }
            out.flush();
            bytes.writeBytes(rows.get(i).json());
        }
        out.raw(']');
        if (form.legacy()) {
            legacyDropped(frame.dropped());
        } else {
            dropped(frame.dropped());
            flags();
        }
        out.raw('}');
        return take();
    }

    private void dropped(List<DroppedRow> dropped) throws IOException {
        for (int i = 0; i < dropped.size(); i++) {
            out.raw(i == 0 ? ",\"dropped_entries\":[{\"timestamp\":\"" : ",{\"timestamp\":\"");
            out.number(dropped.get(i).time()).raw("\",\"labels\":");
            ListJson.labels(out, dropped.get(i).labels());
            out.raw('}');
        }
        if (!dropped.isEmpty()) {
            out.raw(']');
        }
    }

    private void flags() throws IOException {
        for (int i = 0; i < form.flags().size(); i++) {
            out.raw(i == 0 ? ",\"encodingFlags\":[" : ",").string(form.flags().get(i));
        }
        if (!form.flags().isEmpty()) {
            out.raw(']');
        }
    }

    private void legacyDropped(List<DroppedRow> dropped) throws IOException {
        out.raw(",\"dropped_entries\":");
        if (dropped.isEmpty()) {
            out.raw("null");
            return;
        }
        for (int i = 0; i < dropped.size(); i++) {
            out.raw(i == 0 ? "[{\"Timestamp\":\"" : ",{\"Timestamp\":\"").raw(LegacyJson.time(dropped.get(i).time())).raw("\",\"Labels\":");
            out.string(dropped.get(i).labels().toString()).raw('}');
        }
        out.raw(']');
    }

    private byte[] take() throws IOException {
        out.flush();
        byte[] text = bytes.toByteArray();
        if (text.length <= KEPT_BYTES) {
            bytes.reset();
        } else {
            bytes = new ByteArrayOutputStream(1024);
            out = new JsonOut(bytes);
        }
        return text;
    }
}
