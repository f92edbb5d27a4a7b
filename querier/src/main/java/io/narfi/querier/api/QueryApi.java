package io.narfi.querier.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.narfi.common.TenantLimits;
import io.narfi.common.Tenants;
import io.narfi.http.Route;
import io.narfi.querier.QuerierConfig.Endpoints;
import io.narfi.querier.coordinate.BytesLimit;
import io.narfi.querier.coordinate.DiscoveryQueries;
import io.narfi.querier.coordinate.Explanations;
import io.narfi.querier.coordinate.ExportQueries;
import io.narfi.querier.coordinate.LogQueries;
import io.narfi.querier.coordinate.MetadataQueries;
import io.narfi.querier.coordinate.MetricQueries;
import io.narfi.querier.run.Admission;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The query endpoints of Loki's API. */
public final class QueryApi {
    private final List<Route> routes;

    /** @param endpoints what they may be asked */
    public QueryApi(
            Tenants tenants,
            TenantLimits limits,
            Admission admission,
            LogQueries logs,
            MetricQueries metrics,
            MetadataQueries metadata,
            DiscoveryQueries discovery,
            ExportQueries exports,
            BytesLimit bytes,
            Explanations explanations,
            Endpoints endpoints,
            InstantSource clock,
            MeterRegistry registry) {
        QuerySupport support = new QuerySupport(tenants, limits, admission, endpoints, clock, registry);
        List<Route> all = new ArrayList<>();
        all.addAll(new QueryHandlers(support, logs, metrics, bytes, endpoints.alignQueriesWithStep()).routes());
        all.addAll(new MetadataHandlers(support, metadata).routes());
        all.addAll(new VolumeHandlers(support, discovery).routes());
        all.addAll(new DetectedHandlers(support, discovery, logs, bytes, endpoints.patterns()).routes());
        all.addAll(new LegacyHandlers(support, logs, bytes).routes());
        all.add(new ExportHandler(support, exports).route());
        all.add(new FormatHandler().route());
        all.add(new ExplainHandler(support, explanations, endpoints.alignQueriesWithStep()).route());
        this.routes = List.copyOf(all);
    }

    public List<Route> routes() {
        return routes;
    }
}
