package io.narfi.querier.params;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.http.Params;
import java.util.ArrayList;
import java.util.List;

/** Parameters of the endpoints for looking around ({@code contract/http-api.md} sections 2.5, 9 and 10). */
public final class DiscoveryParams {
    private static final int DEFAULT_VOLUME_LIMIT = 100;

    private DiscoveryParams() {}

    /**
     * A positive number.
     *
     * @throws ApiException 400 if it is malformed or not positive
     */
    public static int positive(Params params, String name, int whenAbsent) {
        long value = number(params, name, whenAbsent);
        if (value <= 0) {
            throw ApiException.badRequest("limit must be a positive value");
        }
        return (int) Math.min(value, Integer.MAX_VALUE);
    }

    /** The {@code limit} of a volume; 0 stands for the default. */
    public static int volumeLimit(Params params) {
        long value = number(params, "limit", DEFAULT_VOLUME_LIMIT);
        if (value < 0) {
            throw ApiException.badRequest("limit must be a positive value");
        }
        return value == 0 ? DEFAULT_VOLUME_LIMIT : (int) Math.min(value, Integer.MAX_VALUE);
    }

    private static long number(Params params, String name, int whenAbsent) {
        String text = params.getOrEmpty(name);
        return text.isEmpty() ? whenAbsent : GoNumbers.parseInteger(text, "Atoi");
    }

    /** Whether {@code aggregateBy} asks for sums by the names of labels. */
    public static boolean byName(Params params) {
        return switch (params.getOrEmpty("aggregateBy")) {
            case "", "series" -> false;
            case "labels" -> true;
            default -> throw ApiException.badRequest("invalid aggregation option");
        };
    }

    /** The {@code targetLabels}, none if there is no such parameter. */
    public static List<String> targetLabels(Params params) {
        String text = params.getOrEmpty("targetLabels");
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }

    /** A selector with a condition that each of the names is there, unless it has a condition on that name. */
    public static List<LabelMatcher> requiring(List<LabelMatcher> selector, List<String> names) {
        List<LabelMatcher> all = new ArrayList<>(selector);
        for (String name : names) {
            if (selector.stream().noneMatch(m -> m.name().equals(name))) {
                all.add(new LabelMatcher(name, LabelMatcher.Op.REGEX, ".+"));
            }
        }
        return all;
    }

    /**
     * The {@code targetBytesPerShard}, 1 or more.
     *
     * @throws ApiException 400 if it is absent or no such size
     */
    public static long targetBytes(Params params) {
        String text = params.getOrEmpty("targetBytesPerShard");
        long bytes = 0;
        if (!text.isEmpty()) {
            try {
                bytes = GoBytes.parse(text);
            } catch (IllegalArgumentException e) {
                throw new ApiException(400, String.valueOf(e.getMessage()), e);
            }
        }
        if (bytes <= 0) {
            throw ApiException.badRequest("targetBytesPerShard must be a positive value");
        }
        return bytes;
    }
}
