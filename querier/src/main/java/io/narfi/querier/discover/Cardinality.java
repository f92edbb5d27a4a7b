package io.narfi.querier.discover;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how many different values were added. Up to {@link #EXACT} of them are counted by their 64-bit hashes; beyond, a HyperLogLog with
 * 2^14 registers of a byte takes over, whose standard error is 1.04 / sqrt(2^14) = 0.8 %: what Loki uses. See Flajolet, Fusy, Gandouet,
 * Meunier: HyperLogLog (2007), with linear counting for the small. For one thread.
 */
public final class Cardinality {
    /** The most values that are counted exactly; their hashes take about as much memory as the registers do. */
    static final int EXACT = 512;

    private static final int BITS = 14;
    static final int REGISTERS = 1 << BITS;
    private static final double ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

    private Set<Long> hashes = new HashSet<>();
    private byte @Nullable [] registers;

    public Cardinality() {}

    /**
     * From its wire form, one of both.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public static Cardinality of(Iterable<Long> hashes, byte[] registers) {
        Cardinality c = new Cardinality();
        if (registers.length > 0) {
            if (registers.length != REGISTERS) {
                throw new IllegalArgumentException(registers.length + " registers");
            }
            c.registers = registers.clone();
        }
        for (long h : hashes) {
            c.addHash(h);
        }
        return c;
    }

    public void add(String value) {
        addHash(Hashing.farmHashFingerprint64().hashString(value, StandardCharsets.UTF_8).asLong());
    }

    private void addHash(long hash) {
        byte[] r = registers;
        if (r != null) {
            register(r, hash);
        } else if (hashes.add(hash) && hashes.size() > EXACT) {
            dense();
        }
    }

    private byte[] dense() {
        byte[] r = registers;
        if (r == null) {
            r = new byte[REGISTERS];
            registers = r;
            for (long h : hashes) {
                register(r, h);
            }
            hashes = Set.of();
        }
        return r;
    }

    private static void register(byte[] registers, long hash) {
        // Fingerprints of short texts differ little in their high bits: mixed once more.
        long h = (hash ^ (hash >>> 32)) * 0x9e3779b97f4a7c15L;
        h ^= h >>> 29;
        h *= 0xbf58476d1ce4e5b9L;
        h ^= h >>> 32;
        int index = (int) (h >>> (Long.SIZE - BITS));
        int rank = Math.min(Long.numberOfLeadingZeros(h << BITS), Long.SIZE - BITS) + 1;
        registers[index] = (byte) Math.max(registers[index], rank);
    }

    /** Adds the values of another, which stays as it is. */
    public void addAll(Cardinality other) {
        byte[] theirs = other.registers;
        if (theirs == null) {
            other.hashes.forEach(this::addHash);
            return;
        }
        byte[] ours = dense();
        for (int i = 0; i < REGISTERS; i++) {
            ours[i] = (byte) Math.max(ours[i], theirs[i]);
        }
    }

    /** How many different values there were. */
    public long estimate() {
        byte[] r = registers;
        if (r == null) {
            return hashes.size();
        }
        double sum = 0;
        int zeros = 0;
        for (byte rank : r) {
            sum += Math.scalb(1.0, -rank);
            zeros += rank == 0 ? 1 : 0;
        }
        double raw = ALPHA * REGISTERS * REGISTERS / sum;
        if (raw <= 2.5 * REGISTERS && zeros > 0) {
            return Math.round(REGISTERS * Math.log((double) REGISTERS / zeros));
        }
        return Math.round(raw);
    }

    /** Hashes of the values, none once the registers count. */
    public Set<Long> hashes() {
        return Set.copyOf(hashes);
    }

    /** The registers, none while hashes count. */
    public byte[] registers() {
        byte[] r = registers;
        return r == null ? new byte[0] : Arrays.copyOf(r, r.length);
    }

    /** The most it can come to hold. */
    public static long maxBytes() {
        return 64L + REGISTERS + EXACT * 48L;
    }
}
