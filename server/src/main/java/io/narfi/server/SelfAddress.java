package io.narfi.server;

import static java.util.Objects.requireNonNull;

import io.narfi.querier.peer.PeerAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells this process among the peers: our port on an address of this machine. */
final class SelfAddress implements Predicate<PeerAddress> {
    private static final Logger LOG = LoggerFactory.getLogger(SelfAddress.class);

    private final IntSupplier port;

    SelfAddress(IntSupplier port) {
        this.port = requireNonNull(port, "port is null");
    }

    @Override
    public boolean test(PeerAddress peer) {
        if (peer.port() != port.getAsInt()) {
            return false;
        }
        try {
            return peer.address().isLoopbackAddress() || NetworkInterface.getByInetAddress(peer.address()) != null;
        } catch (SocketException e) {
            LOG.warn("cannot tell whether {} is this machine", peer, e);
            return false;
        }
    }
}
