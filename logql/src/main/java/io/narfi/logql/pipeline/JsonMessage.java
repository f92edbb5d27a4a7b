package io.narfi.logql.pipeline;

/** Finds the message in a line that is a JSON object: the first of its strings that goes by one of the usual names. */
public final class JsonMessage {
    private static final String[] NAMES = {"message", "msg", "log", "_msg", "content", "body"};
    private static final long NONE = -1;

    private JsonMessage() {}

    /** The place of the message between its quotes, escapes included; negative if there is none. See {@link #from} and {@link #to}. */
    public static long find(byte[] line, int start, int end) {
        int i = JsonScanner.token(line, start, end);
        if (i < 0 || line[i] != '{') {
            return NONE;
        }
        i = JsonScanner.token(line, i + 1, end);
        while (i >= 0 && line[i] == '"') {
            int keyFrom = i + 1;
            int keyEnd = JsonScanner.stringEnd(line, keyFrom, end);
            i = keyEnd < 0 ? -1 : JsonScanner.token(line, keyEnd, end);
            if (i < 0 || line[i] != ':') {
                return NONE;
            }
            int value = JsonScanner.token(line, i + 1, end);
            int valueEnd = value < 0 ? -1 : JsonScanner.valueEnd(line, value, end);
            if (valueEnd < 0) {
                return NONE;
            }
            if (line[value] == '"' && isMessage(line, keyFrom, keyEnd - 1)) {
                return (long) (value + 1) << 32 | (valueEnd - 1);
            }
            i = JsonScanner.token(line, valueEnd, end);
            if (i < 0 || line[i] != ',') {
                return NONE;
            }
            i = JsonScanner.token(line, i + 1, end);
        }
        return NONE;
    }

    /** First byte of a message that was found. */
    public static int from(long found) {
        return (int) (found >>> 32);
    }

    /** The end of a message that was found, exclusive. */
    public static int to(long found) {
        return (int) found;
    }

    private static boolean isMessage(byte[] line, int from, int to) {
        for (String name : NAMES) {
            if (name.length() == to - from) {
                int i = 0;
                while (i < name.length() && line[from + i] == name.charAt(i)) {
                    i++;
                }
                if (i == name.length()) {
                    return true;
                }
            }
        }
        return false;
    }
}
