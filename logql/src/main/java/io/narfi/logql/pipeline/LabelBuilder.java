package io.narfi.logql.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.narfi.common.Labels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The line and the labels of one entry while it passes the stages (§5). Values that parsers extract are slices of the line, or of a scratch
 * buffer if they had to be unescaped; nothing becomes a String here. One builder serves all entries of a stream, one after the other.
 *
 * <p>A parsed label hides structured metadata and stream labels of its name: writing one removes the former. A deleted name hides the
 * stream's label.
 */
final class LabelBuilder {
    static final String ERROR = "__error__";
    static final String ERROR_DETAILS = "__error_details__";
    static final String PRESERVE_ERROR = "__preserve_error__";

    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};

    final Labels stream;
    final NameTable names;
    final ParserHints hints;
    private final Name[] streamNames;
    private final byte[] @Nullable [] streamValues;
    private final int requiredCount;

    /** Number of the current entry; see {@link Name}. */
    private long stamp;

    /** The current line. */
    byte[] line = new byte[0];
    int lineFrom;
    int lineTo;
    long timestamp;

    @Nullable String error;
    @Nullable String errorDetails;

    Labels metadataSet = Labels.EMPTY;
    boolean metadataTouched;
    int metadataCount;
    @Nullable Name[] metadataNames = new Name[8];
    String[] metadataValues = new String[8];
    private byte[] @Nullable [] metadataBytes = new byte[8][];

    int parsedCount;
    int parsedLive;
    @Nullable Name[] parsedNames = new Name[16];
    byte[][] parsedBuffers = new byte[16][];
    int[] parsedFrom = new int[16];
    int[] parsedTo = new int[16];

    int deletedCount;
    Name[] deletedNames = new Name[8];

    private int requiredFound;

    private byte[] scratch = new byte[1024];
    private int scratchEnd;

    /** Where the last {@link #find} found the value. */
    byte[] valueBuffer = new byte[0];
    int valueFrom;
    int valueTo;

    LabelBuilder(Labels stream, ParserHints hints) {
        this.stream = stream;
        this.hints = hints;
        this.names = new NameTable(stream, hints);
        this.streamNames = new Name[stream.size()];
        this.streamValues = new byte[stream.size()][];
        for (int i = 0; i < streamNames.length; i++) {
            streamNames[i] = names.pin(stream.name(i));
        }
        this.requiredCount = hints.required() == null ? -1 : hints.required().size();
    }

    /** Begins an entry. */
    void reset(long entryTimestamp, byte[] buffer, int from, int to, Labels metadata) {
        names.trim();
        stamp++;
        timestamp = entryTimestamp;
        line = buffer;
        lineFrom = from;
        lineTo = to;
        error = null;
        errorDetails = null;
        metadataSet = metadata;
        metadataTouched = false;
        metadataCount = 0;
        parsedCount = 0;
        parsedLive = 0;
        deletedCount = 0;
        requiredFound = 0;
        scratchEnd = 0;
        for (int i = 0; i < metadata.size(); i++) {
            addMetadata(metadata.name(i), metadata.value(i));
        }
    }

    private void addMetadata(String key, String value) {
        if (key.equals(ERROR)) {
            error = value.isEmpty() ? null : value;
            metadataTouched = true;
            return;
        }
        if (key.equals(ERROR_DETAILS)) {
            errorDetails = value.isEmpty() ? null : value;
            metadataTouched = true;
            return;
        }
        Name name = names.get(key);
        if (name.streamIndex >= 0) {
            name = name.extracted(names);
        }
        int slot = name.metadataStamp == stamp ? name.metadataSlot : metadataCount++;
        if (slot == metadataNames.length) {
            metadataNames = Arrays.copyOf(metadataNames, 2 * slot);
            metadataValues = Arrays.copyOf(metadataValues, 2 * slot);
            metadataBytes = Arrays.copyOf(metadataBytes, 2 * slot);
        }
        name.metadataStamp = stamp;
        name.metadataSlot = slot;
        metadataNames[slot] = name;
        metadataValues[slot] = value;
        metadataBytes[slot] = null;
    }

    /** Whether the entry has the label, hidden error fields not counted; if so, where its value is. */
    boolean find(Name name) {
        if (name.metadataStamp == stamp) {
            byte[] bytes = metadataBytes[name.metadataSlot];
            if (bytes == null) {
                bytes = metadataValues[name.metadataSlot].getBytes(UTF_8);
                metadataBytes[name.metadataSlot] = bytes;
            }
            return at(bytes, 0, bytes.length);
        }
        if (name.parsedStamp == stamp) {
            int slot = name.parsedSlot;
            return at(parsedBuffers[slot], parsedFrom[slot], parsedTo[slot]);
        }
        if (name.streamIndex >= 0 && name.deletedStamp != stamp) {
            byte[] bytes = streamValue(name.streamIndex);
            return bytes.length > 0 && at(bytes, 0, bytes.length);
        }
        return false;
    }

    private byte[] streamValue(int index) {
        byte[] bytes = streamValues[index];
        if (bytes == null) {
            bytes = stream.value(index).getBytes(UTF_8);
            streamValues[index] = bytes;
        }
        return bytes;
    }

    private boolean at(byte[] buffer, int from, int to) {
        valueBuffer = buffer;
        valueFrom = from;
        valueTo = to;
        return true;
    }

    boolean isMetadata(Name name) {
        return name.metadataStamp == stamp;
    }

    boolean isParsed(Name name) {
        return name.parsedStamp == stamp;
    }

    boolean isDeleted(Name name) {
        return name.deletedStamp == stamp;
    }

    /** Under which name a parser writes a key: another one if the stream (deleted or not) or the metadata has it. */
    Name target(Name key) {
        return key.streamIndex >= 0 || key.metadataStamp == stamp ? key.extracted(names) : key;
    }

    /** Whether a parser should extract this target: it is needed and was not extracted before in this entry. */
    boolean wants(Name target) {
        return target.needed && target.claimedStamp != stamp;
    }

    /** Marks a name as extracted. */
    void claim(Name name) {
        if (name.claimedStamp != stamp) {
            name.claimedStamp = stamp;
            if (requiredCount >= 0 && name.needed) {
                requiredFound++;
            }
        }
    }

    /** Whether only some labels are needed. */
    boolean isRestricted() {
        return requiredCount >= 0;
    }

    /** Whether parsers can stop, because every label that the query needs was extracted. */
    boolean allFound() {
        return requiredFound == requiredCount;
    }

    /** Writes a parsed label, over an older value of that name. */
    void set(Name name, byte[] buffer, int from, int to) {
        if (name.metadataStamp == stamp) {
            metadataNames[name.metadataSlot] = null;
            name.metadataStamp = 0;
            metadataTouched = true;
        }
        int slot;
        if (name.parsedStamp == stamp) {
            slot = name.parsedSlot;
        } else {
            slot = parsedCount++;
            parsedLive++;
            if (slot == parsedNames.length) {
                parsedNames = Arrays.copyOf(parsedNames, 2 * slot);
                parsedBuffers = Arrays.copyOf(parsedBuffers, 2 * slot);
                parsedFrom = Arrays.copyOf(parsedFrom, 2 * slot);
                parsedTo = Arrays.copyOf(parsedTo, 2 * slot);
            }
            name.parsedStamp = stamp;
            name.parsedSlot = slot;
            parsedNames[slot] = name;
        }
        parsedBuffers[slot] = buffer;
        parsedFrom[slot] = from;
        parsedTo[slot] = to;
    }

    /** Removes a label from the entry, wherever it comes from. */
    void delete(Name name) {
        if (name.metadataStamp == stamp) {
            metadataNames[name.metadataSlot] = null;
            name.metadataStamp = 0;
            metadataTouched = true;
        }
        if (name.parsedStamp == stamp) {
            parsedNames[name.parsedSlot] = null;
            name.parsedStamp = 0;
            parsedLive--;
        }
        if (name.deletedStamp != stamp) {
            name.deletedStamp = stamp;
            if (deletedCount == deletedNames.length) {
                deletedNames = Arrays.copyOf(deletedNames, 2 * deletedCount);
            }
            deletedNames[deletedCount++] = name;
        }
    }

    /** An error of a parser: later ones overwrite earlier ones. */
    void parserError(String kind, @Nullable String details) {
        error = kind;
        if (details != null) {
            errorDetails = details;
        }
        if (hints.preserveErrors()) {
            set(names.get(PRESERVE_ERROR), TRUE, 0, TRUE.length);
        }
    }

    boolean isStreamLabelVisible(int index) {
        Name name = streamNames[index];
        return name.deletedStamp != stamp && name.metadataStamp != stamp && name.parsedStamp != stamp;
    }

    Name streamName(int index) {
        return streamNames[index];
    }

    /** Whether something beyond the stream's own labels is there or was taken away. */
    boolean isChanged() {
        return error != null || deletedCount > 0 || parsedLive > 0 || hasMetadata();
    }

    private boolean hasMetadata() {
        for (int i = 0; i < metadataCount; i++) {
            if (metadataNames[i] != null) {
                return true;
            }
        }
        return false;
    }

    /** Room for bytes that live as long as the entry; to be filled from {@link #scratchEnd} on and closed with {@link #take}. */
    byte[] scratch(int room) {
        if (scratch.length - scratchEnd < room) {
            // slices of the old buffer stay valid: they hold on to it
            scratch = new byte[Math.max(2 * scratch.length, room)];
            scratchEnd = 0;
        }
        return scratch;
    }

    int scratchEnd() {
        return scratchEnd;
    }

    void take(int end) {
        scratchEnd = end;
    }

    /** Copies bytes to where they live as long as the entry and gives the buffer; the copy ends at {@link #scratchEnd()}. */
    byte[] keep(byte[] bytes) {
        byte[] room = scratch(bytes.length);
        System.arraycopy(bytes, 0, room, scratchEnd, bytes.length);
        scratchEnd += bytes.length;
        return room;
    }

    void setLine(byte[] buffer, int from, int to) {
        line = buffer;
        lineFrom = from;
        lineTo = to;
    }
}
