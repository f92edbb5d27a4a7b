package io.narfi.logql;

import io.narfi.common.LabelMatcher;
import java.util.List;

/** A stream selector and the stages that its entries pass, left to right as written. */
public record LogExpr(List<LabelMatcher> selector, List<Stage> stages) implements Expr {
    public LogExpr {
        selector = List.copyOf(selector);
        stages = List.copyOf(stages);
    }
}
