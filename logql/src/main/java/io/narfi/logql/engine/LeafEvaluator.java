package io.narfi.logql.engine;

/** Where the values of leaves come from: in a server, from all its peers. */
@FunctionalInterface
public interface LeafEvaluator {
    /**
     * @return the merged result of all parts
     * @throws io.narfi.common.ApiException if the query is at fault, or out of time or memory
     */
    LeafPartial evaluate(Leaf leaf, StepGrid grid);
}
