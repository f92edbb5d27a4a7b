package io.narfi.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A socket that sends what a well-behaved client never would. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
        socket.setSoTimeout(10_000);
        in = socket.getInputStream();
    }

    RawClient(int port, int receiveBuffer) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(receiveBuffer);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
        in = socket.getInputStream();
    }

    record Answer(int status, List<String> headers, String body) {
        String header(String name) {
            for (String line : headers) {
                if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return "";
        }
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Reads one response that has a Content-Length or chunks or ends with the connection. */
    Answer answer() throws IOException {
        String statusLine = line();
        List<String> headers = new ArrayList<>();
        for (String h = line(); !h.isEmpty(); h = line()) {
            headers.add(h);
        }
        int status = Integer.parseInt(statusLine.split(" ")[1]);
        Answer head = new Answer(status, headers, "");
        if (status < 200 || status == 204) {
            return head;
        }
        byte[] body;
        if (head.header("Transfer-Encoding").equals("chunked")) {
            body = chunks();
        } else if (head.header("Content-Length").isEmpty()) {
            body = in.readAllBytes();
        } else {
            body = in.readNBytes(Integer.parseInt(head.header("Content-Length")));
        }
        return new Answer(status, headers, new String(body, StandardCharsets.ISO_8859_1));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(), 16);
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new IOException("the connection ended in a chunk");
            }
            out.write(chunk);
            line();
            if (size == 0) {
                return out.toByteArray();
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended in: " + line);
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    InputStream in() {
        return in;
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Whether the server closes the connection, after whatever it still sends. */
    boolean closedByServer() throws IOException {
        try {
            in.readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
