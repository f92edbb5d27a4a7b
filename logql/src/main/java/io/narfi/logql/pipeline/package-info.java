/**
 * The log pipeline (logql.md §5, 6, 8): from batches of rows to lines with labels, or to samples.
 *
 * <p>{@link io.narfi.logql.pipeline.Pipeline} compiles the stages of a query once; {@link io.narfi.logql.pipeline.StreamPipeline} runs
 * them over the batches of one stream. Line filters run first, over the bytes of a whole batch ({@link
 * io.narfi.logql.pipeline.LineFilter}, {@link io.narfi.logql.pipeline.PageText}); the stages behind them run row by row on a {@link
 * io.narfi.logql.pipeline.LabelBuilder}, which keeps extracted values as slices of the line. Strings are made only for a combination of
 * labels that was not seen lately ({@link io.narfi.logql.pipeline.ResultCache}). {@link io.narfi.logql.pipeline.SampleExtractor} does the
 * same for the range aggregations of metric queries, and knows which labels the query needs at all ({@link
 * io.narfi.logql.pipeline.ParserHints}).
 *
 * <p>Bounds: names and label sets that are remembered ({@link io.narfi.logql.pipeline.NameTable#MAX_NAMES}, {@link
 * io.narfi.logql.pipeline.ResultCache#SLOTS}), depth of JSON ({@link io.narfi.logql.pipeline.JsonScanner#MAX_DEPTH}), output of templates,
 * states of regular expressions.
 */
@NullMarked
package io.narfi.logql.pipeline;

import org.jspecify.annotations.NullMarked;
