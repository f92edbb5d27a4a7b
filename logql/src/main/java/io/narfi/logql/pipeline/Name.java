package io.narfi.logql.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * A label name as one stream's pipeline sees it. What is true of the name in the current entry is marked by stamps: a mark counts if it
 * equals the number of the entry ({@link LabelBuilder}), so that a new entry clears all marks at no cost.
 */
final class Name {
    final String text;
    /** Place among the stream's labels, -1 if it has no such label. */
    final int streamIndex;
    /** Whether the query needs the label at all. */
    final boolean needed;
    /** The label filter that rejects an entry as soon as the label is extracted. */
    final @Nullable LabelTest early;

    long metadataStamp;
    int metadataSlot;
    long parsedStamp;
    int parsedSlot;
    long deletedStamp;
    long claimedStamp;
    private @Nullable Name extracted;

    Name(String text, int streamIndex, boolean needed, @Nullable LabelTest early) {
        this.text = text;
        this.streamIndex = streamIndex;
        this.needed = needed;
        this.early = early;
    }

    /** The name with {@code _extracted}, which a parser writes when the plain one is taken. */
    Name extracted(NameTable table) {
        Name e = extracted;
        if (e == null) {
            e = table.get(text + "_extracted");
            extracted = e;
        }
        return e;
    }

    void forgetExtracted() {
        extracted = null;
    }

    @Override
    public String toString() {
        return text;
    }
}
