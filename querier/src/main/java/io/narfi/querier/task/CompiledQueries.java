package io.narfi.querier.task;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.narfi.common.ApiException;
import io.narfi.common.LabelMatcher;
import io.narfi.logql.LogExpr;
import io.narfi.logql.LogQl;
import io.narfi.logql.MetricExpr;
import io.narfi.logql.VariantsExpr;
import io.narfi.logql.engine.Leaf;
import io.narfi.logql.engine.QueryPlan;
import io.narfi.logql.engine.QueryPlanner;
import io.narfi.logql.engine.VariantExpansion;
import io.narfi.logql.pipeline.Pipeline;
import io.narfi.logql.pipeline.SampleExtractor;
import java.util.ArrayList;
import java.util.List;

/**
 * Queries parsed and compiled, kept for the tasks of a query that follow each other: what a pipeline learns of its regular expressions is
 * shared.
 */
public final class CompiledQueries {
    /** A log query. */
    public record Log(List<LabelMatcher> selector, Pipeline pipeline) {
        public Log {
            selector = List.copyOf(selector);
        }
    }

    /**
     * A metric query.
     *
     * @param extractors one for each leaf of the plan
     * @param variants how many variants the query has, whose series are marked with {@link VariantExpansion#LABEL}; 0 for other queries
     */
    public record Metric(QueryPlan plan, List<SampleExtractor> extractors, int variants) {
        public Metric {
            extractors = List.copyOf(extractors);
        }
    }

    /** Characters of query text that are kept; a query takes some hundred times its text. */
    private static final long MAX_TEXT = 100_000;

    private final Cache<String, Log> logs = Caffeine.newBuilder()
            .maximumWeight(MAX_TEXT)
            .<String, Log>weigher((text, query) -> 100 + text.length())
            .build();

    private final Cache<String, Metric> metrics = Caffeine.newBuilder()
            .maximumWeight(MAX_TEXT)
            .<String, Metric>weigher((text, query) -> 100 + text.length())
            .build();

    /** @throws ApiException 400 if it is no metric query, or a stage cannot be built; 500 with Loki's text for what its engine refuses */
    public Metric metric(String query) {
        return metrics.get(query, text -> {
            return switch (LogQl.parse(text)) {
                case MetricExpr metric -> compile(metric, 0);
                case VariantsExpr variants ->
                    compile(VariantExpansion.expand(variants), variants.variants().size());
                case LogExpr log -> throw ApiException.badRequest("only sample expression supported");
            };
        });
    }

    private static Metric compile(MetricExpr metric, int variants) {
        QueryPlan plan = QueryPlanner.plan(metric);
        List<SampleExtractor> extractors = new ArrayList<>();
        for (Leaf leaf : plan.leaves()) {
            extractors.add(SampleExtractor.compile(leaf.range(), leaf.parent()));
        }
        return new Metric(plan, extractors, variants);
    }

    /** @throws ApiException 400 if it is no log query, or a stage cannot be built */
    public Log log(String query) {
        return logs.get(query, text -> {
            if (LogQl.parse(text) instanceof LogExpr log) {
                return new Log(log.selector(), Pipeline.compile(log.stages()));
            }
            throw ApiException.badRequest("only log selector is supported");
        });
    }
}
