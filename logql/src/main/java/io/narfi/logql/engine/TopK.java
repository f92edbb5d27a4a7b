package io.narfi.logql.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The k greatest or least elements of each group, at each step. Not a number loses against numbers; of equal values the one that came first
 * stays, which is the one with the lesser labels where nothing reordered them.
 */
final class TopK {
    private record Element(int row, double value) {}

    private TopK() {}

    static StepMatrix apply(Collection<List<StepRow>> groups, long k, boolean greatest, int steps, MemoryBudget budget) {
        Comparator<Double> better = greatest ? Comparator.reverseOrder() : Comparator.naturalOrder();
        Comparator<Element> order = Comparator.comparing((Element e) -> Double.isNaN(e.value()))
                .thenComparing(e -> e.value() + 0.0, better)
                .thenComparingInt(Element::row);
        List<StepRow> out = new ArrayList<>();
        for (List<StepRow> rows : groups) {
            if (k >= rows.size() && steps > 1) {
                out.addAll(rows);
                continue;
            }
            StepRow[] kept = new StepRow[rows.size()];
            List<StepRow> inOrder = new ArrayList<>();
            for (int step = 0; step < steps; step++) {
                budget.check();
                for (Element e : best(rows, step, k, order)) {
                    if (kept[e.row()] == null) {
                        budget.reserve(StepRow.bytes(steps));
                        kept[e.row()] = new StepRow(rows.get(e.row()).labels(), steps);
                        inOrder.add(kept[e.row()]);
                    }
                    kept[e.row()].set(step, e.value());
                }
            }
            out.addAll(inOrder);
        }
        return new StepMatrix(steps, out);
    }

    /** The best first. */
    private static List<Element> best(List<StepRow> rows, int step, long k, Comparator<Element> order) {
        PriorityQueue<Element> worstFirst = new PriorityQueue<>(order.reversed());
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).has(step)) {
                worstFirst.add(new Element(i, rows.get(i).value(step)));
                if (worstFirst.size() > k) {
                    worstFirst.poll();
                }
            }
        }
        List<Element> best = new ArrayList<>(worstFirst);
        best.sort(order);
        return best;
    }
}
