package io.narfi.compactor;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.narfi.storage.CorruptDataException;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Damaged objects that are passed over, so that one does not hold up the rest; queries still see and report them. For one thread at a time. */
final class Quarantine {
    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);
    private static final int MAX_OBJECTS = 1000;

    private final Counter found;
    private final Set<String> keys = new HashSet<>();

    /** @param found counts the objects */
    Quarantine(Counter found) {
        this.found = requireNonNull(found, "found is null");
    }

    boolean holds(String key) {
        return keys.contains(key);
    }

    /** @throws CorruptDataException this one, if its object is here already or there is no room for it */
    void add(CorruptDataException damage) throws CorruptDataException {
        if (keys.size() == MAX_OBJECTS || !keys.add(damage.key())) {
            throw damage;
        }
        found.increment();
        log.error("damaged object is left alone key={}", damage.key(), damage);
    }
}
