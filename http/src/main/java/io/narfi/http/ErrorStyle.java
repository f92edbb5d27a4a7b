package io.narfi.http;

/** Loki's two plain-text forms of an error, contract/http-api.md §1.6; they differ in the newline at the end. */
public enum ErrorStyle {
    /** Writer A: the text and a newline. Push, delete, ready, unknown paths, most operational endpoints. */
    LINE,
    /** Writer B: the text alone, but for a missing tenant. Every query, metadata and index endpoint, tail before its upgrade. */
    BARE
}
