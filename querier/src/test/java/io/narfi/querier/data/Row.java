package io.narfi.querier.data;

import io.narfi.common.Labels;

/** An entry of a test. */
public record Row(Labels stream, long time, String line, Labels metadata) {}
