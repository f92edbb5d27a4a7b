package io.narfi.server;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings of Loki whose concept Narfi does not have. They are accepted, each with one warning that says why it has no effect, so that an
 * existing Loki file starts. A key that is neither here nor a setting is a typing error.
 */
final class LokiOnlyKeys {
    private static final Map<Pattern, String> REASONS = new LinkedHashMap<>();

    static {
        String ring = "there is no ring: every service works alone around the bucket";
        String wal = "there is no write-ahead log: an acknowledged line is in the object store";
        String memcached = "there is no external cache: each process keeps a local one (cache.*)";
        String index = "the index lies in the blocks, there is no schema to choose";
        String chunks = "there are no chunks in memory: a line is in the object store when its push is acknowledged";
        String peers = "services do not call each other by gRPC: readers find their peers by querier.peers";
        String plan = "queries are planned by the data they touch";
        String later = "not part of this version";
        add("memberlist|hash_ring|(.*\\.)?(ring|lifecycler|kvstore)|common\\.(ring|instance_.*|replication_factor)", ring);
        add("common\\.(compactor_address|compactor_grpc_address)|(.*\\.)?grpc_client(_config)?|ingester_client|frontend_worker|query_scheduler"
                + "|index_gateway|compactor_grpc_client|worker|server\\.grpc_.*|server\\.proxy_protocol_enabled", peers);
        add("ingester\\.wal|ingester_rf1|kafka_config|ingest_limits.*|block_builder|block_scheduler", wal);
        add("schema_config|chunk_store_config|table_manager|boltdb.*|storage_config\\.(tsdb_shipper|boltdb_shipper|index_queries_cache_config"
                + "|index_cache_validity|max_chunk_batch_size|max_parallel_get_chunk|named_stores|hedging|use_thanos_objstore|object_store)", index);
        add("(.*\\.)?(results_cache|chunk_cache_config|write_dedupe_cache_config|index_stats_results_cache|volume_results_cache"
                + "|series_results_cache|label_results_cache|instant_metric_results_cache|query_store_only|query_ingester_only)"
                + "|query_range\\.cache_.*", memcached);
        add("ingester\\.(chunk_.*|max_chunk_age|sync_.*|flush_check_period|flush_op_backoff|index_shards|autoforget_unhealthy|query_store_max_look_back_period"
                + "|concurrent_flushes_per_.*|owned_streams_check_interval|max_transfer_retries|tailer)", chunks);
        add("query_range\\..*|querier\\.(query_ingesters_within|engine|engine_v2|query_.*|extra_query_delay|.*parallelism|dataobj.*)"
                + "|frontend\\..*|query_engine.*|limits_config\\.(max_query_parallelism|max_chunks_per_query|cardinality_limit|tsdb_.*"
                + "|split_.*|min_sharding_lookback|max_query_capacity|query_ready_index_num_days|max_queriers_per_tenant|max_.*cache_freshness"
                + "|engine_results_cache.*|recent_metadata_query_window|index_gateway_.*|max_scan_task_parallelism|debug_engine_.*)", plan);
        add("limits_config\\.shard_streams", "streams need no sharding: any writer takes any stream");
        add("limits_config\\.(unordered_writes|use_owned_stream_count|ingestion_partitions_.*|allow_deletes|per_tenant_override_.*)",
                "deprecated or tied to the ring: entries are taken in any order");
        add("bloom_.*|limits_config\\.bloom_.*", "skip data is part of the blocks");
        add("limits_config\\.s3_sse_.*|(common\\.storage\\.s3|storage_config\\.aws)\\.(sse|sse_encryption|backoff_config|signature_version|storage_class|"
                + "chunk_path_prefix|dynamodb|s3|disable_dualstack|http_config\\.(idle_conn_timeout|timeout))", "left to the bucket and its client");
        add("ruler(_storage)?|limits_config\\.ruler_.*", "rules are " + later);
        add("pattern_ingester\\..*", "patterns are found in stored lines when they are asked for");
        add("limits_config\\.(pattern_.*|metric_aggregation_enabled)", later);
        add("compactor\\.delete_request_store.*|compactor\\.deletion_marker_.*", "delete requests are part of the catalog in the bucket");
        add("compactor\\.(compaction_.*|retention_(delete_worker_count|table_timeout|backoff_config)|delete_batch_size|"
                + "upload_parallelism|max_compaction_parallelism|apply_retention_interval|skip_latest_n_tables|tables_to_compact|shared_store.*"
                + "|run_once|horizontal_.*|jobs_.*|worker_config)", "compaction paces itself by the segments that wait");
        add("analytics|tracing|ui|profiling|operational_config|usage_report|metastore.*|dataobj.*|internal_server|shutdown_delay|ballast_bytes"
                + "|metrics_namespace|use_tenant_in_logs|limits_config\\.(max_cache_.*|simulated_.*)", later);
        add("distributor\\.(.*)", "a push goes to the object store, not to ingesters");
        add("common\\.storage\\.(gcs|azure|swift|bos|cos|hedging|congestion_control|object_store|alibabacloud|ibm)|storage_config\\.(gcs|azure|swift|bos|cos|alibabacloud|ibm.*"
                + "|congestion_control|grpc_store|cassandra|bigtable|disable_broad_index_queries)", "the object store is S3 or a folder");
        add("server\\.(log_.*|http_.*|register_instrumentation|path_prefix|enable_.*|tls_.*|graceful_.*|trace_.*)", "the listener has fewer settings");
    }

    private LokiOnlyKeys() {}

    private static void add(String pattern, String reason) {
        REASONS.put(Pattern.compile(pattern), reason);
    }

    /** Why a key has no effect, or null if it is no setting of Loki's. */
    static @Nullable String reason(String path) {
        for (Map.Entry<Pattern, String> e : REASONS.entrySet()) {
            if (e.getKey().matcher(path).matches()) {
                return e.getValue();
            }
        }
        return null;
    }
}
