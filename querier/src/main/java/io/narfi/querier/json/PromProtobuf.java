package io.narfi.querier.json;

import com.google.protobuf.CodedOutputStream;
import io.narfi.common.Labels;
import io.narfi.logql.engine.MetricResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The answer of a metric query as the message {@code queryrange.QueryResponse} ({@code contract/http-api.md} section 17):
 *
 * <pre>
 *   QueryResponse       5 prom: LokiPromResponse
 *   LokiPromResponse    1 response: PrometheusResponse
 *   PrometheusResponse  1 status, 2 data: PrometheusData, 6 warnings (repeated)
 *   PrometheusData      1 result type, 2 result: SampleStream (repeated)
 *   SampleStream        1 labels: name 1, value 2 (repeated)   2 samples: value 1 double, time 2 int64, milliseconds (repeated)
 * </pre>
 */
public final class PromProtobuf {
    /** What a client's {@code Accept} asks for it with, and the answer's content type. */
    public static final String CONTENT_TYPE = "application/vnd.google.protobuf";

    private static final int PROM = 5;
    private static final int WARNINGS = 6;
    private static final String SUCCESS = "success";

    private PromProtobuf() {}

    public static void write(OutputStream out, MetricResult result, List<String> warnings) throws IOException {
        byte[] data = message(m -> {
            switch (result) {
                case MetricResult.Scalar scalar -> {
                    m.writeString(1, "scalar");
                    m.writeByteArray(2, series(Labels.EMPTY, new long[] {scalar.time()}, new double[] {scalar.value()}));
                }
                case MetricResult.Vector vector -> {
                    m.writeString(1, "vector");
                    for (MetricResult.Sample s : vector.samples()) {
                        m.writeByteArray(2, series(s.labels(), new long[] {vector.time()}, new double[] {s.value()}));
                    }
                }
                case MetricResult.Matrix matrix -> {
                    m.writeString(1, "matrix");
                    for (MetricResult.Series s : matrix.series()) {
                        m.writeByteArray(2, series(s.labels(), s.times(), s.values()));
                    }
                }
            }
        });
        byte[] response = message(m -> {
            m.writeString(1, SUCCESS);
            m.writeByteArray(2, data);
            for (String warning : warnings) {
                m.writeString(WARNINGS, warning);
            }
        });
        byte[] prom = message(m -> m.writeByteArray(1, response));
        CodedOutputStream coded = CodedOutputStream.newInstance(out);
        coded.writeByteArray(PROM, prom);
        coded.flush();
    }

    private static byte[] series(Labels labels, long[] times, double[] values) {
        return message(m -> {
            for (int i = 0; i < labels.size(); i++) {
                String name = labels.name(i);
                String value = labels.value(i);
                m.writeByteArray(1, message(pair -> {
                    pair.writeString(1, name);
                    pair.writeString(2, value);
                }));
            }
            for (int i = 0; i < times.length; i++) {
                double value = values[i];
                long time = times[i];
                m.writeByteArray(2, message(sample -> {
                    sample.writeDouble(1, value);
                    sample.writeInt64(2, time);
                }));
            }
        });
    }

    @FunctionalInterface
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes, 256);
            fields.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
