package io.narfi.compactor;

/** Tells how long each tenant's data stays; asked anew each time, so that changed limits take effect. */
@FunctionalInterface
public interface RetentionLimits {
    RetentionPolicy forTenant(String tenant);

    /** Everything stays for ever. */
    static RetentionLimits keepEverything() {
        return tenant -> RetentionPolicy.KEEP;
    }
}
