package io.narfi.querier.params;

import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.http.Params;
import io.narfi.logql.Expr;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Stream selectors in parameters of metadata endpoints ({@code contract/http-api.md} section 8). */
public final class Selectors {
    private Selectors() {}

    /**
     * The matchers of a selector.
     *
     * @throws ApiException 400 if the text is no selector, or one that every stream could pass
     */
    public static List<LabelMatcher> parse(String text) {
        Expr expr = LogQl.parse(text);
        if (expr instanceof LogExpr log && log.stages().isEmpty()) {
            return log.selector();
        }
        throw ApiException.badRequest("only label matchers are supported");
    }

    /** The optional {@code query} of the label endpoints: no group if it is absent. */
    public static List<List<LabelMatcher>> optional(Params params) {
        String text = params.getOrEmpty("query");
        return text.isEmpty() ? List.of() : List.of(parse(text));
    }

    /** The groups of {@code match} and {@code match[]}: none if there is no such parameter, or a single {@code {}}. */
    public static List<List<LabelMatcher>> groups(Params params) {
        TreeSet<String> texts = new TreeSet<>(params.all("match"));
        texts.addAll(params.all("match[]"));
        if (texts.isEmpty() || (texts.size() == 1 && isEverything(texts.first()))) {
            return List.of();
        }
        List<List<LabelMatcher>> groups = new ArrayList<>();
        for (String text : texts) {
            if (isEverything(text)) {
                throw ApiException.badRequest("0 matchers in group: " + text);
            }
            groups.add(parse(text));
        }
        return groups;
    }

    /** The matchers of a selector, none for {@code {}}. */
    public static List<LabelMatcher> orEverything(String text) {
        return isEverything(text) ? List.of() : parse(text);
    }

    private static boolean isEverything(String text) {
        return text.replace(" ", "").equals("{}");
    }
}
