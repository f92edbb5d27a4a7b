package io.narfi.ingester.decode;

import io.narfi.common.ApiException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * Walks JSON in an array of bytes, once and forward. A string is unescaped in place (its escaped form is never shorter), so that a
 * text is an offset and a length and no object. Bytes above ASCII pass as they are: a log line need not be UTF-8, and Loki takes such
 * lines in JSON as well, which a general JSON library would not.
 *
 * <p>Depth of skipped values is bounded by {@link #MAX_DEPTH}; there is no recursion.
 */
public final class JsonScanner {
    public static final int MAX_DEPTH = 1000;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;

    private final byte[] bytes;
    private final int end;
    private int pos;

    private int textOffset;
    private int textLength;

    public JsonScanner(byte[] bytes, int length) {
        this.bytes = bytes;
        this.end = length;
    }

    public int position() {
        return pos;
    }

    /** Goes back to a place that {@link #position()} gave. Text between that was read as strings must not be read again. */
    public void seek(int position) {
        pos = position;
    }

    /** Where the string that was read last begins. */
    public int textOffset() {
        return textOffset;
    }

    public int textLength() {
        return textLength;
    }

    /** Lets an empty string be the one that was read last, for a null in its place. */
    public void noText() {
        textOffset = pos;
        textLength = 0;
    }

    /** The string that was read last. */
    public String text() {
        return new String(bytes, textOffset, textLength, StandardCharsets.UTF_8);
    }

    public String textBetween(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    public boolean textIs(byte[] ascii) {
        if (textLength != ascii.length) {
            return false;
        }
        for (int i = 0; i < ascii.length; i++) {
            if (bytes[textOffset + i] != ascii[i]) {
                return false;
            }
        }
        return true;
    }

    /** Skips blanks; the next byte, not consumed, or -1 at the end. */
    public int peek() {
        int p = pos;
        while (p < end) {
            byte c = bytes[p];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                pos = p;
                return c & 0xff;
            }
            p++;
        }
        pos = p;
        return -1;
    }

    /** Skips blanks and consumes a byte that must be there. */
    public void expect(char c) {
        if (peek() != c) {
            throw malformed("expect '" + c + "'");
        }
        pos++;
    }

    /** After an element: whether another one follows (a comma was consumed) or the closing byte was consumed. */
    public boolean more(char close) {
        int c = peek();
        if (c == ',') {
            pos++;
            return true;
        }
        if (c == close) {
            pos++;
            return false;
        }
        throw malformed("expect ',' or '" + close + "'");
    }

    /** After an opening byte: whether the container has elements; consumes the closing byte if not. */
    public boolean hasElements(char close) {
        if (peek() == close) {
            pos++;
            return false;
        }
        return true;
    }

    /** Reads a member's name and the colon. */
    private void name() {
        string();
        int offset = textOffset;
        int length = textLength;
        expect(':');
        textOffset = offset;
        textLength = length;
    }

    /** Begins an object: whether it has a member, whose name was read. */
    public boolean firstMember() {
        expect('{');
        if (!hasElements('}')) {
            return false;
        }
        name();
        return true;
    }

    /** After a member: whether another one follows, whose name was read; else the object has ended. */
    public boolean nextMember() {
        if (!more('}')) {
            return false;
        }
        name();
        return true;
    }

    /** Walks an object: {@code member} reads or skips the value of each name, which is the string that was read last. */
    public void members(Runnable member) {
        for (boolean more = firstMember(); more; more = nextMember()) {
            member.run();
        }
    }

    /** Walks an object, or null, which stands for an empty one. */
    public void membersOrNull(Runnable member) {
        if (!nullNext()) {
            members(member);
        }
    }

    /** Walks an array, or null, which stands for an empty one: {@code element} reads or skips each element. */
    public void elementsOrNull(Runnable element) {
        if (nullNext()) {
            return;
        }
        expect('[');
        if (hasElements(']')) {
            do {
                element.run();
            } while (more(']'));
        }
    }

    /** Consumes {@code null} if it comes next. */
    public boolean nullNext() {
        if (peek() != 'n') {
            return false;
        }
        literal("null");
        return true;
    }

    /** Reads a string and unescapes it in place. */
    public void string() {
        if (peek() != '"') {
            throw malformed("expect a string");
        }
        int from = pos + 1;
        int p = endOfPlain(from);
        byte c = bytes[p];
        textOffset = from;
        if (c == '"') {
            textLength = p - from;
            pos = p + 1;
            return;
        }
        int to = p;
        while (true) {
            pos = p;
            if (c == '"') {
                textLength = to - from;
                pos = p + 1;
                return;
            }
            // A backslash: endOfPlain stops at nothing else.
            to = escape(to);
            p = pos;
            int q = endOfPlain(p);
            System.arraycopy(bytes, p, bytes, to, q - p);
            to += q - p;
            p = q;
            c = bytes[p];
        }
    }

    /** Position of the next quote or backslash; there must be one before the end or a control character. */
    private int endOfPlain(int from) {
        int p = from;
        while (p + 8 <= end) {
            long w = (long) LONG.get(bytes, p);
            long quote = w ^ (ONES * '"');
            long backslash = w ^ (ONES * '\\');
            long hit = (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((w - ONES * ' ') & ~w)) & HIGHS;
            if (hit != 0) {
                p += Long.numberOfTrailingZeros(hit) >>> 3;
                break;
            }
            p += 8;
        }
        while (p < end) {
            byte c = bytes[p];
            if (c == '"' || c == '\\') {
                return p;
            }
            if (c >= 0 && c < ' ') {
                pos = p;
                throw malformed("control character in a string");
            }
            p++;
        }
        pos = end;
        throw malformed("unexpected end of input in a string");
    }

    /** Turns the escape at {@code pos} into bytes at {@code to}; returns where they end. */
    private int escape(int to) {
        int p = pos + 1;
        if (p >= end) {
            throw malformed("unexpected end of input in a string");
        }
        byte c = bytes[p];
        pos = p + 1;
        int plain =
                switch (c) {
                    case '"', '\\', '/' -> c;
                    case 'b' -> '\b';
                    case 'f' -> '\f';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case 'u' -> -1;
                    default -> throw malformed("unknown escape");
                };
        if (plain >= 0) {
            bytes[to] = (byte) plain;
            return to + 1;
        }
        int unit = hex4();
        int point = unit;
        if (unit >= 0xd800 && unit < 0xe000) {
            if (unit >= 0xdc00 || pos + 6 > end || bytes[pos] != '\\' || bytes[pos + 1] != 'u') {
                throw malformed("lone surrogate");
            }
            pos += 2;
            int low = hex4();
            if (low < 0xdc00 || low >= 0xe000) {
                throw malformed("lone surrogate");
            }
            point = Character.toCodePoint((char) unit, (char) low);
        }
        return putUtf8(point, to);
    }

    private int hex4() {
        if (pos + 4 > end) {
            throw malformed("unexpected end of input in a string");
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            byte c = bytes[pos + i];
            int digit = c < 0 ? -1 : Character.digit(c, 16);
            if (digit < 0) {
                throw malformed("bad \\u escape");
            }
            value = value << 4 | digit;
        }
        pos += 4;
        return value;
    }

    private int putUtf8(int point, int at) {
        int to = at;
        if (point < 0x80) {
            bytes[to++] = (byte) point;
        } else if (point < 0x800) {
            bytes[to++] = (byte) (0xc0 | point >> 6);
            bytes[to++] = (byte) (0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            bytes[to++] = (byte) (0xe0 | point >> 12);
            bytes[to++] = (byte) (0x80 | (point >> 6 & 0x3f));
            bytes[to++] = (byte) (0x80 | (point & 0x3f));
        } else {
            bytes[to++] = (byte) (0xf0 | point >> 18);
            bytes[to++] = (byte) (0x80 | (point >> 12 & 0x3f));
            bytes[to++] = (byte) (0x80 | (point >> 6 & 0x3f));
            bytes[to++] = (byte) (0x80 | (point & 0x3f));
        }
        return to;
    }

    /** Skips a value without changing its bytes; {@link #position()} before and after {@link #peek()} bound its text. */
    public void skipValue() {
        BitSet objects = null;
        int depth = 0;
        while (true) {
            int c = peek();
            boolean ended = true;
            switch (c) {
                case '{', '[' -> {
                    boolean object = c == '{';
                    pos++;
                    if (hasElements(object ? '}' : ']')) {
                        if (++depth > MAX_DEPTH) {
                            throw malformed("exceeded max depth");
                        }
                        if (objects == null) {
                            objects = new BitSet();
                        }
                        objects.set(depth, object);
                        if (object) {
                            skipName();
                        }
                        ended = false;
                    }
                }
                case '"' -> skipString();
                case 't' -> literal("true");
                case 'f' -> literal("false");
                case 'n' -> literal("null");
                default -> number(c);
            }
            while (ended) {
                if (depth == 0 || objects == null) {
                    return;
                }
                boolean object = objects.get(depth);
                if (more(object ? '}' : ']')) {
                    if (object) {
                        skipName();
                    }
                    ended = false;
                } else {
                    depth--;
                }
            }
        }
    }

    private void skipName() {
        if (peek() != '"') {
            throw malformed("expect a name");
        }
        skipString();
        expect(':');
    }

    private void skipString() {
        int p = endOfPlain(pos + 1);
        while (bytes[p] == '\\') {
            pos = p + 2;
            if (p + 1 >= end) {
                throw malformed("unexpected end of input in a string");
            }
            if (bytes[p + 1] == 'u') {
                int _ = hex4();
            } else if ("\"\\/bfnrt".indexOf(bytes[p + 1]) < 0) {
                throw malformed("unknown escape");
            }
            p = endOfPlain(pos);
        }
        pos = p + 1;
    }

    private void literal(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (pos + i >= end || bytes[pos + i] != word.charAt(i)) {
                throw malformed("expect " + word);
            }
        }
        pos += word.length();
    }

    private void number(int first) {
        int p = pos;
        if (first == '-') {
            p++;
        }
        int digits = p;
        p = digits(p);
        boolean good = p > digits && (bytes[digits] != '0' || p == digits + 1);
        if (good && p < end && bytes[p] == '.') {
            int fraction = p + 1;
            p = digits(fraction);
            good = p > fraction;
        }
        if (good && p < end && (bytes[p] | 0x20) == 'e') {
            int exponent = p + 1;
            if (exponent < end && (bytes[exponent] == '+' || bytes[exponent] == '-')) {
                exponent++;
            }
            p = digits(exponent);
            good = p > exponent;
        }
        if (!good) {
            throw malformed("expect a value");
        }
        pos = p;
    }

    private int digits(int from) {
        int p = from;
        while (p < end && bytes[p] >= '0' && bytes[p] <= '9') {
            p++;
        }
        return p;
    }

    public ApiException malformed(String what) {
        return ApiException.badRequest("malformed JSON: " + what + " at byte " + pos);
    }
}
