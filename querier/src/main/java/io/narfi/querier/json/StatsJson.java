package io.narfi.querier.json;

import io.narfi.querier.stats.CacheUse;
import io.narfi.querier.stats.CacheUse.Kind;
import io.narfi.querier.stats.QueryStats;
import io.narfi.querier.stats.ScanStats;
import java.io.IOException;

/**
 * The {@code stats} object, in the order and with every field of {@code contract/http-api.md} section 6. What has no meaning in Narfi
 * (bloom filters, an ingester's memory) or is not known of a single query (the disk cache, {@code cache.chunk}) is zero.
 */
final class StatsJson {
    private static final double NANOS = 1e9;
    private static final String DATAOBJ = "\"dataobj\":{\"prePredicateDecompressedRows\":0,\"prePredicateDecompressedBytes\":0,"
            + "\"prePredicateDecompressedStructuredMetadataBytes\":0,\"postPredicateRows\":0,\"postPredicateDecompressedBytes\":0,"
            + "\"postPredicateStructuredMetadataBytes\":0,\"postFilterRows\":0,\"pagesScanned\":0,\"pagesDownloaded\":0,"
            + "\"pagesDownloadedBytes\":0,\"pageBatches\":0,\"totalRowsAvailable\":0,\"totalPageDownloadTime\":0}";

    private final JsonOut out;
    private final QueryStats stats;
    private final boolean sixDecimals;

    private StatsJson(JsonOut out, QueryStats stats, boolean sixDecimals) {
        this.out = out;
        this.stats = stats;
        this.sixDecimals = sixDecimals;
    }

    /** @param sixDecimals whether fractions end after six decimals, as in answers with streams */
    static void write(JsonOut out, QueryStats stats, boolean sixDecimals) throws IOException {
        new StatsJson(out, stats, sixDecimals).write();
    }

    private void write() throws IOException {
        ScanStats scan = stats.scan();
        double exec = stats.execNanos() / NANOS;
        long bytes = scan.lineBytes + scan.metadataBytes;
        out.raw("{\"summary\":{\"bytesProcessedPerSecond\":").number(perSecond(bytes, exec));
        out.raw(",\"linesProcessedPerSecond\":").number(perSecond(scan.lines, exec));
        out.raw(",\"totalBytesProcessed\":").number(bytes);
        out.raw(",\"totalLinesProcessed\":").number(scan.lines);
        out.raw(",\"execTime\":").raw(fraction(exec));
        out.raw(",\"queueTime\":").raw(fraction(stats.queueNanos() / NANOS));
        out.raw(",\"subqueries\":0,\"totalEntriesReturned\":").number(stats.entries());
        out.raw(",\"splits\":").number(stats.splits());
        out.raw(",\"shards\":").number(stats.tasks());
        out.raw(",\"totalPostFilterLines\":").number(scan.postFilterLines);
        out.raw(",\"totalStructuredMetadataBytesProcessed\":").number(scan.metadataBytes);
        out.raw("},\"querier\":{\"store\":");
        store(scan);
        out.raw(",\"querierExecTime\":").raw(fraction(scan.execNanos / NANOS));
        out.raw("},\"ingester\":{\"totalReached\":0,\"totalChunksMatched\":0,\"totalBatches\":0,\"totalLinesSent\":0,\"store\":");
        store(new ScanStats());
        out.raw("},\"cache\":{\"chunk\":");
        cache(new CacheUse());
        out.raw(",\"index\":");
        cache(new CacheUse());
        kept("result", Kind.RANGE);
        kept("statsResult", Kind.STATS);
        kept("volumeResult", Kind.VOLUME);
        kept("seriesResult", Kind.SERIES);
        kept("labelResult", Kind.LABELS);
        kept("instantMetricResult", Kind.INSTANT);
        out.raw("},\"index\":{\"totalChunks\":").number(scan.chunks);
        out.raw(",\"postFilterChunks\":").number(scan.chunksRead);
        out.raw(",\"shardsDuration\":0,\"usedBloomFilters\":false,\"totalStreams\":").number(scan.streams);
        out.raw(",\"chunkRefsLookupTime\":").raw(fraction(scan.indexNanos / NANOS));
        out.raw(",\"bloomFilterTime\":0}}");
    }

    private void kept(String name, Kind kind) throws IOException {
        out.raw(",\"").raw(name).raw("\":");
        cache(stats.scan().cache(kind));
    }

    private void cache(CacheUse use) throws IOException {
        out.raw("{\"entriesFound\":").number(use.found);
        out.raw(",\"entriesRequested\":").number(use.requested);
        out.raw(",\"entriesStored\":").number(use.stored);
        out.raw(",\"bytesReceived\":").number(use.bytesReceived);
        out.raw(",\"bytesSent\":").number(use.bytesSent);
        out.raw(",\"requests\":").number(use.requested + use.stored);
        out.raw(",\"downloadTime\":").number(use.nanos);
        out.raw(",\"queryLengthServed\":").number(use.lengthServed).raw('}');
    }

    private void store(ScanStats scan) throws IOException {
        out.raw("{\"totalChunksRef\":").number(scan.chunks);
        out.raw(",\"totalChunksDownloaded\":").number(scan.chunksRead);
        out.raw(",\"chunksDownloadTime\":").number(scan.reads.waitNanos);
        out.raw(",\"queryReferencedStructuredMetadata\":false,\"queryUsedV2Engine\":false,");
        out.raw("\"chunk\":{\"headChunkBytes\":0,\"headChunkLines\":0,\"decompressedBytes\":").number(scan.lineBytes + scan.metadataBytes);
        out.raw(",\"decompressedLines\":").number(scan.lines);
        out.raw(",\"compressedBytes\":").number(scan.reads.storedBytes);
        out.raw(",\"totalDuplicates\":").number(scan.reads.duplicates);
        out.raw(",\"postFilterLines\":").number(scan.postFilterLines);
        out.raw(",\"headChunkStructuredMetadataBytes\":0,\"decompressedStructuredMetadataBytes\":").number(scan.metadataBytes);
        out.raw("},\"chunkRefsFetchTime\":").number(scan.indexNanos);
        out.raw(",\"congestionControlLatency\":0,\"pipelineWrapperFilteredLines\":0,").raw(DATAOBJ).raw('}');
    }

    private String fraction(double seconds) {
        return sixDecimals ? GoFloat.formatSixDecimals(seconds) : GoFloat.format(seconds);
    }

    private static long perSecond(long amount, double seconds) {
        return seconds <= 0 ? 0 : (long) (amount / seconds);
    }
}
