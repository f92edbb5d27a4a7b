package io.narfi.common;

/** The limits in force for a tenant right now; they change when the runtime configuration is read again. */
@FunctionalInterface
public interface TenantLimits {
    Limits forTenant(String tenant);

    /** The same limits for everybody. */
    static TenantLimits fixed(Limits limits) {
        return tenant -> limits;
    }
}
